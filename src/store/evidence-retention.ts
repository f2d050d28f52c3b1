import { limits } from '../core/model/limits.ts';

export const WEEK_MS = 7 * 86_400_000;

/** `at`: event time in milliseconds. */
export type Listed = { readonly id: number; readonly at: number; readonly decisive: boolean };

/**
 * Which rows of one mnemonic of an incident stay: the first and the last ones, those that decided, and the first of each
 * week. A row is judged once, when it is none of the last ones any more.
 */
export class EvidenceGroup {
  readonly #last: Listed[];
  #before = 0;
  #decisive = 0;
  readonly #weeks = new Set<number>();

  /** `rows`: those that are stored, by id. */
  constructor(rows: readonly Listed[]) {
    const split = Math.max(0, rows.length - limits.evidenceLast);
    for (const row of rows.slice(0, split)) this.#keep(row);
    this.#last = rows.slice(split);
  }

  /** Adds a row; gives the id of the one that goes therefore, or null. */
  add(row: Listed): number | null {
    this.#last.push(row);
    const judged = this.#last.length > limits.evidenceLast ? this.#last.shift() : undefined;
    if (judged === undefined) return null;
    const stays =
      this.#before < limits.evidenceFirst ||
      (judged.decisive && this.#decisive < limits.evidenceDecisive) ||
      !this.#weeks.has(weekOf(judged));
    if (!stays) return judged.id;
    this.#keep(judged);
    return null;
  }

  #keep(row: Listed): void {
    this.#before++;
    if (row.decisive) this.#decisive++;
    this.#weeks.add(weekOf(row));
  }
}

function weekOf({ at }: Listed): number {
  return Math.floor(at / WEEK_MS);
}
