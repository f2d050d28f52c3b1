/** What a part of the suite is given and what it gives. */
import type { Ceiling } from './udp-ceiling.ts';

export type Bench = {
  /** A minute for all sections together, on a machine that does other things, too. */
  readonly quick: boolean;
  /** Removed with all that is in it when the suite ends. */
  readonly directory: string;
  /** `--lines` and the like: lengths that are chosen at the start. */
  readonly length: (name: Length, full: number, quick: number) => number;
  /** What a bare socket takes on this machine, measured once a run. */
  readonly ceiling: () => Promise<Ceiling>;
};

export const lengths = ['lines', 'rounds', 'memory-lines', 'serve-lines', 'sources', 'devices', 'probes'] as const;
export type Length = (typeof lengths)[number];

export type Findings = {
  /** Markdown below the section's heading. */
  readonly text: string;
  readonly goals: readonly Goal[];
  /** What no noise of the machine explains: the run fails. */
  readonly alarms: readonly string[];
  readonly versions: readonly string[];
};

/** What was promised, as a ratio, and what came of it. */
export type Goal = { readonly promise: string; readonly measured: string; readonly met: boolean };

export type Section = {
  readonly name: string;
  readonly title: string;
  readonly measure: (bench: Bench) => Promise<Findings>;
};
