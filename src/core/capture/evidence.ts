/** What a capture says for the fold and for the record of its device. Times are milliseconds. */
import type { CapturedFact } from '../model/captured.ts';
import type { DeviceFacts } from '../model/device-state.ts';
import type { Classification, ServerKind } from '../model/message.ts';
import type { Observation } from '../model/observation.ts';
import type { TrustpoolReading } from './trustpool.ts';

/** `given` by a person; `shown` by the device's clock; `latest`: not before the latest time in the capture. */
export type TakenFrom = 'given' | 'shown' | 'latest';

/** A failure that the device shows. `text`: the line that states it. */
export type ShownFailure = {
  readonly at: number;
  readonly mnemonic: string;
  readonly meaning: Classification;
  readonly critical: boolean;
  readonly text: string;
  /** Equal for the same failure in another capture. */
  readonly hash: number;
};

/** `server`: whose success it is. */
export type ShownSuccess = {
  readonly at: number;
  readonly server: ServerKind;
  readonly text: string;
  readonly hash: number;
};

/** What the device is, as of the capture. */
export type ShownState = { readonly facts: DeviceFacts; readonly text: string; readonly hash: number };

/**
 * Why a time, or a message of the log by its stamp, is not used. `no-zone`: none, or a name that means two zones.
 * `clock-not-set`: marked `*`. `clock-off`: the clock is off, and the stamp has a zone. `ahead`: in the future, or of a clock that is.
 * `after-capture`: later than the capture. `too-many`: beyond `limits.captureLines`.
 */
export const unusedReasons = [
  'no-date',
  'no-zone',
  'clock-not-set',
  'clock-off',
  'ahead',
  'after-capture',
  'too-many',
] as const;
export type UnusedReason = (typeof unusedReasons)[number];

/** A time as the device shows it. */
export type UnusedTime = { readonly text: string; readonly why: UnusedReason };
export type UnusedLines = { readonly why: UnusedReason; readonly count: number };

export type CaptureEvidence = {
  /** When it was taken, in milliseconds; null if nothing says when: then nothing is decided by it. */
  readonly at: number | null;
  readonly from: TakenFrom | null;
  readonly unused: readonly UnusedTime[];
  /** In the order of their times. */
  readonly failures: readonly ShownFailure[];
  /** In the order of their times: those that end such a failure, and the last one that is known. */
  readonly successes: readonly ShownSuccess[];
  readonly state: ShownState | null;
  readonly trustpool: { readonly reading: TrustpoolReading; readonly hash: number } | null;
  /** Messages of the log that are shown, for the fold. */
  readonly lines: readonly Observation[];
  readonly unusedLines: readonly UnusedLines[];
  readonly serial: string | null;
  readonly kept: readonly CapturedFact[];
};
