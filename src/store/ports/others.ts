import type { DeviceChange } from '../../core/correlate/correlated.ts';
import type { DeviceAct, Note } from './batch.ts';

/** `instance`: who has stored it. */
type By<T> = { readonly instance: string; readonly of: T };

/**
 * What became of incidents elsewhere, what people said of them there and did with devices, and of which devices there are new lines,
 * or another row of the inventory.
 */
export type StoredElsewhere = {
  readonly changes: readonly By<DeviceChange>[];
  readonly notes: readonly By<Note>[];
  readonly acts: readonly By<DeviceAct>[];
  readonly devices: readonly string[];
};

/**
 * An instance that was heard of within a day, in milliseconds. `version`: of the program; null: it does not say so. `clockOffsetMs`:
 * how far the server's clock is ahead of its machine's; null: it does not know, or does not say so. `isThere`: its name is in use.
 */
export type InstanceState = {
  readonly name: string;
  readonly version: string | null;
  readonly judgedBy: string;
  readonly startedAt: number;
  readonly heardAt: number;
  readonly clockOffsetMs: number | null;
  readonly isThere: boolean;
};

/** What other instances on the same database store. */
export interface OtherInstances {
  /** What the database is called: the same at each instance of it, and another name than that of any other database. */
  readonly database: string;
  /** What was stored since the last call, each once; at the first call nothing. */
  next(): Promise<StoredElsewhere>;
  /**
   * This instance judges by this from now on (`judgmentOf()`). `QVW_REFUSED`, with nothing changed, if another instance judges
   * otherwise.
   */
  judgeBy(judgment: string): Promise<void>;
  /** All instances, this one among them, by name. */
  instances(): Promise<readonly InstanceState[]>;
  /** How far the server's clock is ahead of this machine's, in milliseconds, for the others to see; null: not known. */
  noteClock(offsetMs: number | null): void;
}
