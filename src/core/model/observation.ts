/** A signal with whose it is: what the reader gives and the fold takes. */
import type { SignalEvent } from './device-state.ts';
import type { Timing } from './instant.ts';
import type { TimeQuality } from './message.ts';
import type { InternedNames } from './names.ts';

/** One tracked message, an act of a person, or a restart: what it says (`event`), of which device, and its line. */
export type Observation = {
  readonly names: InternedNames;
  readonly receivedAt: number;
  readonly pid: string | null;
  readonly timeQuality: TimeQuality;
  readonly event: SignalEvent;
  /** It counts only where its device is known already; it makes no new device. */
  readonly onlyKnownDevice: boolean;
  /** What evidence says of the line itself; null where nobody will ask for evidence. */
  readonly line: Line | null;
};

/** A line as it came, its own times, and which of them decided. */
export type Line = {
  readonly raw: string;
  readonly timing: Timing;
  readonly stamp: number | null;
  readonly relayStamp: number | null;
  /** The version of the grammars that read it. */
  readonly grammar: string;
};
