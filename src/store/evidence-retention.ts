import { limits } from '../core/model/limits.ts';

export const WEEK_MS = 7 * 86_400_000;

/** What retention must know of a row. `at`: event time in milliseconds. `decisive`: whether the row changed the incident. */
export type RetentionRow = { readonly id: number; readonly at: number; readonly decisive: boolean };

/**
 * Which rows of one mnemonic of an incident are kept: the first ones, the last ones, the decisive ones and the first one of
 * each week, with the numbers of `limits`. A row is checked once, when newer rows push it out of the last ones.
 */
export class EvidenceGroup {
  readonly #last: RetentionRow[];
  #kept = 0;
  #decisive = 0;
  readonly #weeks = new Set<number>();

  /** `rows`: the stored rows, ordered by id. */
  constructor(rows: readonly RetentionRow[]) {
    const split = Math.max(0, rows.length - limits.evidenceLast);
    for (const row of rows.slice(0, split)) this.#keep(row);
    this.#last = rows.slice(split);
  }

  /** Adds a row. Returns the id of the row that is evicted because of it, or null. */
  add(row: RetentionRow): number | null {
    this.#last.push(row);
    const checked = this.#last.length > limits.evidenceLast ? this.#last.shift() : undefined;
    if (checked === undefined) return null;
    const isKept =
      this.#kept < limits.evidenceFirst ||
      (checked.decisive && this.#decisive < limits.evidenceDecisive) ||
      !this.#weeks.has(weekOf(checked));
    if (!isKept) return checked.id;
    this.#keep(checked);
    return null;
  }

  #keep(row: RetentionRow): void {
    this.#kept++;
    if (row.decisive) this.#decisive++;
    this.#weeks.add(weekOf(row));
  }
}

function weekOf({ at }: RetentionRow): number {
  return Math.floor(at / WEEK_MS);
}
