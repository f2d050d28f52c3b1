import type { LossRow } from '../../core/loss/loss-row.ts';
import type { LossSourceStore } from '../ports/loss-sources.ts';

/** The rows of the loss ledger of a store that ends with the process. */
export class MemorySources implements LossSourceStore {
  readonly receivers = null;
  readonly #rows = new Map<string, LossRow>();

  async takeAll(): Promise<readonly LossRow[]> {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    return rows;
  }

  async find(peer: string, name: number): Promise<LossRow | null> {
    return this.#rows.get(`${name} ${peer}`) ?? null;
  }

  async save(rows: readonly LossRow[]): Promise<void> {
    for (const row of rows) {
      const key = `${row.name} ${row.peer}`;
      if ((this.#rows.get(key)?.lines ?? -1) < row.lines) this.#rows.set(key, row);
    }
  }
}
