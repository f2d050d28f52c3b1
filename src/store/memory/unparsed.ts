import { page } from '../page.ts';
import type { Unparsed } from '../ports/batch.ts';
import type { Page, PageQuery } from '../ports/queries.ts';

/** Tracked lines that the grammar could not read. */
export class MemoryUnparsed {
  readonly #most: number;
  readonly #rows: Unparsed[] = [];
  /** How many rows were evicted: the number of a row, which is its position, is its index plus this. */
  #evicted = 0;

  /** `most`: how many rows there may be. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The latest first. */
  list({ after, limit }: PageQuery): Page<Unparsed> {
    const numbered = this.#rows.map((row, index) => ({ row, number: this.#evicted + index })).reverse();
    const older = numbered.filter(({ number }) => after === undefined || number < Number(after));
    const { rows, next } = page(older, limit, ({ number }) => `${number}`);
    return { rows: rows.map(({ row }) => row), next };
  }

  /** Beyond the limit the oldest rows are deleted. */
  write(rows: readonly Unparsed[]): void {
    for (const row of rows) this.#rows.push(row);
    this.#evicted += this.#rows.splice(0, this.#rows.length - this.#most).length;
  }
}
