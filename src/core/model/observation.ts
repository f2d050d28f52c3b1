/** A signal with the names of its device: the output of the reader, and the input of the fold. */
import type { SignalEvent } from './device-state.ts';
import type { HeardLines } from './heard.ts';
import type { Timing } from './instant.ts';
import type { Frame, TimeQuality } from './message.ts';
import type { InternedNames } from './names.ts';

/**
 * One tracked message, an action of a person, a restart, or a report of ordinary lines: the signal (`event`), the names of its device, and its
 * line.
 */
export type Observation = {
  readonly names: InternedNames;
  readonly receivedAt: number;
  /** The address that must be known for the device; null if the line is trusted by how it came. */
  readonly sender: string | null;
  readonly pid: string | null;
  readonly timeQuality: TimeQuality;
  readonly event: SignalEvent;
  /** The observation counts only if its device is known already; it creates no device. */
  readonly onlyKnownDevice: boolean;
  /** The lines that the observation stands for, with the device's ordinary lines that were not reported before. */
  readonly heard: HeardLines | null;
  /** A report of ordinary lines: it changes what was heard of the device, and nothing else. */
  readonly ordinary: boolean;
  /** The line itself, for evidence; null if nobody will ask for evidence. */
  readonly line: Line | null;
};

/** A line as received, the times in it, and the event time. */
export type Line = {
  readonly raw: string;
  /** The address that the line came from; null if it came from a file, or is what a person did. */
  readonly sender: string | null;
  readonly transport: Frame['transport'] | null;
  readonly timing: Timing;
  readonly stamp: number | null;
  readonly relayStamp: number | null;
  /** The version of the grammars that read the line. */
  readonly grammar: string;
};
