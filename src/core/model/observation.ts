/** A signal with whose it is and when it was: what the reader gives and the fold takes. */
import type { SignalEvent } from './device-state.ts';
import type { Timing } from './instant.ts';
import type { Classification, TimeQuality } from './message.ts';
import type { Names } from './names.ts';

/** One message of ours, with the names of its device and the time that decides. */
export type Observation = {
  readonly names: Names;
  readonly at: number;
  readonly receivedAt: number;
  readonly pid: string | null;
  readonly timeQuality: TimeQuality;
  readonly facility: string;
  readonly mnemonic: string;
  readonly severity: number | null;
  readonly classification: Omit<Classification, 'kind'> & Pick<SignalEvent, 'kind'>;
  readonly event: SignalEvent;
  /** It is of no importance unless its device is known; it makes none. */
  readonly onlyKnownDevice: boolean;
  /** What evidence says of the line itself; null where nobody will ask for any. */
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
