import type { DeviceChange } from '../../core/correlate/correlated.ts';
import type { Note } from './batch.ts';

/** `instance`: who has stored it. */
type By<T> = { readonly instance: string; readonly of: T };

/**
 * What became of incidents elsewhere, what people said of them there, and of which devices there are new lines, or another row of
 * the inventory.
 */
export type StoredElsewhere = {
  readonly changes: readonly By<DeviceChange>[];
  readonly notes: readonly By<Note>[];
  readonly devices: readonly string[];
};

/** What other instances on the same database store. */
export interface OtherInstances {
  /** What the database is called: the same at each instance of it, and another name than that of any other database. */
  readonly database: string;
  /** What was stored since the last call, each once; at the first call nothing. */
  next(): Promise<StoredElsewhere>;
  /**
   * This instance judges by this from now on (`judgedBy`). `QVW_REFUSED`, with nothing changed, if another instance judges
   * otherwise.
   */
  judgeBy(judgedBy: string): Promise<void>;
}
