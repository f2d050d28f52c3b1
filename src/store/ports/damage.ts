/** The tables whose rows have checksums. A row of a `tail` holds signals of its device, one of `member` what the fleet shows of it. */
export type CheckedTable = 'device' | 'tail' | 'incident' | 'evidence' | 'member';

/** A row that is not what was stored. `name`: of the device, the incident or the line. `why`: for people. */
export type DamagedRow = { readonly table: CheckedTable; readonly name: string; readonly why: string };

/** What a store does about rows that were changed by anything but itself: a bit that flipped, a sector that rotted. */
export interface DamageStore {
  /**
   * Looks at every device and incident. To be called at a start and after `QVW_ROW_DAMAGED`, and then `judgeAnew()` until no device is left. Notes the damaged rows, so that a
   * damaged device is judged anew, which sets it aside; makes what is kept of the fleet anew where it is not what the devices say; removes damaged incidents and makes the last one of a device anew.
   * Returns the rows that were not known before. `now`: milliseconds.
   */
  mend(now: number): Promise<readonly DamagedRow[]>;
  /** How many damaged rows were found so far, by table, until they are forgotten with their device. */
  countDamaged(): Promise<Readonly<Record<CheckedTable, number>>>;
  /** The damaged rows that were found last, at most `limit`. `at`: when, in milliseconds. */
  damaged(limit: number): Promise<readonly (DamagedRow & { readonly at: number })[]>;
}
