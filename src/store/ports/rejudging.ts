import type { CommitContents, NoticeDraft } from '../../core/announce/notice.ts';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import type { Kept, Rejudged } from '../../core/correlate/rejudge.ts';
import type { Evictions } from './batch.ts';

/** How devices are judged anew. Pure, as it may run more than once. */
export type Judge = {
  /** Throws where what is kept cannot be judged: the device is then set aside. */
  readonly rejudge: (kept: Kept, options: { readonly clockWasAhead: boolean }) => Rejudged;
  /** The notices of what has changed. */
  readonly announce: (contents: Omit<CommitContents, 'notes'>) => readonly NoticeDraft[];
  /** When it is decided, in milliseconds. */
  readonly now: number;
};

/** The devices that were judged otherwise than by the present advisory and rules. */
export type Unjudged = {
  readonly count: number;
  /** What judged them, as `judgedBy` says it; null for an older version, which did not note it. */
  readonly by: readonly (string | null)[];
};

/** A device that cannot be judged, and why. */
export type SetAside = { readonly key: string; readonly why: string };

/** What one call of `judgeAnew` has done. */
export type JudgedAnew = {
  readonly judged: number;
  readonly setAside: readonly SetAside[];
  readonly changes: readonly DeviceChange[];
  readonly evictions: Evictions;
};

/**
 * Bringing stored devices over to the advisory and the rules that `Projection.judgedBy` names. A device keeps the mark
 * of what judged it until `judgeAnew` has judged it, also if lines or people change it before. Failures are
 * `OperatingError`s.
 */
export interface RejudgingStore {
  unjudged(): Promise<Unjudged>;
  /**
   * Judges at most `limit` devices that were judged otherwise, and stores the outcome: all in one transaction, or nothing.
   * A device that cannot be read or judged is set aside: its record, its names and its evidence are moved out of the
   * way, and its open incident is withdrawn. Of a device that `markBeyond` has marked, times beyond `judge.now` are pulled back first. Null where no device is left.
   */
  judgeAnew(limit: number, judge: Judge): Promise<JudgedAnew | null>;
  /**
   * Marks devices that were seen or decided about later than `now`, while the clock was ahead, so that `judgeAnew` puts them
   * right. Notices of a later time than `now`, and those that wait longer than any may, are due at once; the others wait as much
   * less as the clock was set back. What happened on later days becomes a part of today. Returns how many devices. `now`,
   * `setBackMs`: milliseconds.
   */
  markBeyond(now: number, setBackMs: number): Promise<number>;
  /**
   * Brings some incidents that an older version stored over: they get what they are found by, and the days what they tell.
   * Returns whether there are more. `now`: milliseconds.
   */
  bringIncidentsOver(now: number): Promise<boolean>;
  /**
   * Counts some devices that a former version stored: they get the facts that the fleet is counted and found by. A device that
   * cannot be read becomes one to be judged anew. Returns how many; 0 where none is left.
   */
  bringMembersOver(): Promise<number>;
  /** How many devices are set aside. `forget()` deletes what was set aside under a key. */
  countSetAside(): Promise<number>;
}
