import type { Known } from '../../core/correlate/correlated.ts';
import type { Device } from '../../core/model/device.ts';
import type { Batch, Evictions } from './batch.ts';

/** What a commit is about: the store reads this much before it decides. */
export type About = {
  /** Names that are looked up, as `InternedNames.aliases` has them; the devices that they lead to are read, too. */
  readonly names: Iterable<string>;
  /** Keys of further devices. The devices with their `furtherKeys` are read, too. */
  readonly keys: Iterable<string>;
  /** How many new devices there may be. */
  readonly newDevices: number;
};

/** What became of a commit that failed: it was stored nevertheless, or `wasStored()` of the store finds that out by `turn`. */
export type Fate =
  | { readonly isStored: true; readonly turn?: never }
  | { readonly isStored?: never; readonly turn: string };

/** The part of a store that deciding needs. Times are milliseconds. Failures are `OperatingError`s. */
export interface DecidingStore {
  /** Whether committed evidence can be queried afterwards. Where it is false, callers need not make any. */
  readonly keepsEvidence: boolean;
  /**
   * Reads what is known, has `fold` decide on it and stores the outcome: all in one transaction, or nothing. `fold` is
   * pure, as it may run more than once. A call that failed is repeated with the same object `about`: what was stored in spite
   * of the failure is then not stored again. The stored version of each device becomes the one that was read plus one.
   */
  commit(about: About, fold: (known: Known) => Batch): Promise<Evictions>;
  /**
   * The same for devices whose deadline (`deadlineOf`) is at or before `now`, the longest overdue first, at most `limit`.
   * Null where no device is due. `about`: the same object where a call that failed is repeated.
   */
  due(
    now: number,
    limit: number,
    fold: (devices: ReadonlyMap<string, Device>) => Batch,
    about?: object,
  ): Promise<Evictions | null>;
  /** Null: nothing was stored. Missing in a store that answers each commit. */
  fateOf?(about: About): Fate | null;
}
