import type { LossRow } from '../../core/loss/loss-row.ts';

/** `completeUntil`: what the receiver got until this time is in its row; missing: all is. */
export type Told = { readonly receiver: string; readonly row: LossRow; readonly completeUntil?: number };

export type Receivers = {
  /** Tells the other instances what this one knows now. */
  readonly tell: (rows: readonly LossRow[]) => Promise<void>;
  /** What each instance has told of one source, or knew at its last stop. */
  readonly told: (peer: string, name: number) => Promise<readonly Told[]>;
};

/** What the loss ledger knew when the service was stopped. Empty while the service runs. */
export interface LossSourceStore {
  /** Returns all rows and deletes them, so that after a crash the next start does not continue from outdated numbers. */
  takeAll(): Promise<readonly LossRow[]>;
  /** The row of one source, which stays stored. `name`: hash of the name in the source's lines, or `NO_NAME`. */
  find(peer: string, name: number): Promise<LossRow | null>;
  /** Of two rows of the same source the one with more lines is kept. */
  save(rows: readonly LossRow[]): Promise<void>;
  /** What several instances on one database know while they run; null for a store that one service has. */
  readonly receivers: Receivers | null;
}
