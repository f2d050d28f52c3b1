import type { Session } from './session.ts';

/** After this time the rows are counted again, as other instances add some, too. */
const KNOWN_MS = 10_000;

/** How many rows a table has: counted at times, and followed in between by what this instance adds and removes. */
export class RowCount {
  readonly #sql: string;
  readonly #most: number;
  #count: number | null = null;
  #countedAt = 0;

  /** `most`: how many rows there may be. */
  constructor(table: string, most: number) {
    this.#sql = `SELECT count(*) AS count FROM ${table}`;
    this.#most = most;
  }

  /** How many rows may still be added; below zero where there are too many. */
  async free(session: Session): Promise<number> {
    const isOld = performance.now() - this.#countedAt > KNOWN_MS;
    if (this.#count === null || isOld) {
      const [row] = await session.rows<{ count: number }>(this.#sql);
      this.#count = row?.count ?? 0;
      this.#countedAt = performance.now();
    }
    return this.#most - this.#count;
  }

  /** Notes rows that were added in this transaction. Returns how many there are too many. */
  async beyond(session: Session, added: number): Promise<number> {
    if (this.#count === null) return Math.max(0, -(await this.free(session)));
    this.#count += added;
    return Math.max(0, -(await this.free(session)));
  }

  removed(rows: number): void {
    if (this.#count !== null) this.#count -= rows;
  }

  /** A transaction was rolled back. */
  clear(): void {
    this.#count = null;
  }
}
