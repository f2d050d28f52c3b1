/**
 * What can be damaged. A row of a `tail` holds signals of its device, one of `member` what the fleet shows of it, and `alias` has
 * the names of devices. `gone_incident`, where incidents went: one of two rows that had the same key. `source`, the loss ledger of a
 * sender, and `alert`, what an Alertmanager was sent: rows that cannot be read. `index`: an index that had
 * not what the rows of its table have. `wal`: a write-ahead log of which SQLite could read only the beginning.
 */
export type CheckedTable =
  | 'device'
  | 'tail'
  | 'incident'
  | 'evidence'
  | 'alias'
  | 'transition'
  | 'note'
  | 'notice'
  | 'delivered'
  | 'inventory_change'
  | 'gone_incident'
  | 'source'
  | 'alert'
  | 'member'
  | 'index'
  | 'wal';

/** A row that is not what was stored. `name`: of the device, the incident or the line. `why`: for people. */
export type DamagedRow = { readonly table: CheckedTable; readonly name: string; readonly why: string };

/** What a store does about rows that were changed by anything but itself: a bit that flipped, a sector that rotted. */
export interface DamageStore {
  /**
   * Looks at every device and incident, but for the start after a proper stop. To be called at a start and after
   * `QVW_ROW_DAMAGED`, and then `judgeAnew()` until no device is left. Notes the damaged rows, so that a damaged device is
   * judged anew, which sets it aside; makes what is kept of the fleet anew where it is not what the devices say; removes
   * damaged incidents and makes the last one of a device anew. Returns the rows that were not known before. `now`:
   * milliseconds.
   */
  mend(now: number): Promise<readonly DamagedRow[]>;
  /**
   * Looks at some more devices and incidents, in a pass over all of them. Where one is damaged, the next call that looks for
   * deadlines throws `QVW_ROW_DAMAGED`. Returns false when the pass is complete; the next call begins a new one.
   */
  scrub(): Promise<boolean>;
  /** How many damaged rows were found so far, by table, until they are forgotten with their device. */
  countDamaged(): Promise<Readonly<Record<CheckedTable, number>>>;
  /** The damaged rows that were found last, at most `limit`. `at`: when, in milliseconds. */
  damaged(limit: number): Promise<readonly (DamagedRow & { readonly at: number })[]>;
}
