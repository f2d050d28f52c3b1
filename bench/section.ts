/** The parameters and the result of one section of the suite. */
import type { Ceiling } from './udp-ceiling.ts';

export type Bench = {
  /** A minute for all sections together, on a machine that does other things, too. */
  readonly quick: boolean;
  /** The directory is removed with its content when the suite ends. */
  readonly directory: string;
  /** `--lines` and the like: lengths that are chosen at the start. */
  readonly length: (name: Length, full: number, quick: number) => number;
  /** The rate that a bare socket reads on this machine, measured once a run. */
  readonly ceiling: () => Promise<Ceiling>;
};

export const lengths = ['lines', 'rounds', 'memory-lines', 'serve-lines', 'sources', 'devices', 'probes'] as const;
export type Length = (typeof lengths)[number];

export type Findings = {
  /** Markdown below the section's heading. */
  readonly text: string;
  readonly goals: readonly Goal[];
  /** Results that no noise of the machine explains. Each of them makes the run fail. */
  readonly alarms: readonly string[];
  readonly versions: readonly string[];
};

/** A promise, what was measured, and whether the promise is kept. */
export type Goal = { readonly promise: string; readonly measured: string; readonly met: boolean };

export type Section = {
  readonly name: string;
  readonly title: string;
  readonly measure: (bench: Bench) => Promise<Findings>;
};
