import type { Test } from 'tap';

/** Counts results by their label, and prints them as a table. */
export class Confusion {
  readonly #title: string;
  readonly #rows = new Map<string, Map<string, number>>();

  constructor(title: string) {
    this.#title = title;
  }

  /** `labels`: every result that is right. */
  add(labels: readonly string[], result: string): void {
    const label = labels.includes(result) ? result : labels.join('|');
    const row = this.#rows.get(label) ?? new Map<string, number>();
    this.#rows.set(label, row.set(result, (row.get(result) ?? 0) + 1));
  }

  print(t: Test): void {
    const labels = [...this.#rows.keys()].sort();
    const results = [...new Set([...this.#rows.values()].flatMap((row) => [...row.keys()]))].sort();
    const width = Math.max(...[...labels, ...results].map(({ length }) => length)) + 2;
    const line = (cells: readonly string[]) => cells.map((cell) => cell.padStart(width)).join('');
    t.comment(`${this.#title}: rows are labels, columns are results`);
    t.comment(line(['', ...results]));
    for (const label of labels) {
      t.comment(line([label, ...results.map((result) => `${this.#rows.get(label)?.get(result) ?? '·'}`)]));
    }
  }
}
