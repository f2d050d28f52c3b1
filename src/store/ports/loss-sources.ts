import type { LossRow } from '../../core/loss/loss-row.ts';

/** What the loss ledger knew when the service was stopped. Empty while the service runs. */
export interface LossSourceStore {
  /** Returns all rows and deletes them, so that after a crash the next start does not continue from outdated numbers. */
  takeAll(): Promise<readonly LossRow[]>;
  /** The row of one source, which stays stored. `name`: hash of the name in the source's lines, or `NO_NAME`. */
  find(peer: string, name: number): Promise<LossRow | null>;
  /** Of two rows of the same source the one with more lines is kept. */
  save(rows: readonly LossRow[]): Promise<void>;
}
