import type { MovedRow, MovedTable } from './tables.ts';

/** How far a move has come: the last row that is in the target. `from`: where the rows come from. */
export type Mark = { readonly from: string; readonly table: string; readonly after: readonly unknown[] };

/** A database that rows are moved from or to. Nobody else uses it meanwhile. */
export interface Side {
  /** For people. */
  readonly place: string;
  /** The rows behind one, in the order of their keys. */
  page(table: MovedTable, after: readonly unknown[] | null): Promise<readonly MovedRow[]>;
  /** Stores rows and how far the move has come, both or nothing. */
  put(table: MovedTable, rows: readonly MovedRow[], mark: Mark): Promise<void>;
  /** Of a move that was broken off, or is at work. */
  mark(): Promise<Mark | null>;
  /** The move is done: a service may use the database. */
  finish(): Promise<void>;
  close(): Promise<void>;
}
