import type Database from 'better-sqlite3';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { LossSourceStore } from '../ports/loss-sources.ts';
import { inTransaction } from './failures.ts';
import { prepareColumn } from './statements.ts';

/** Rows of the loss ledger between two runs of the service. */
export class SqliteSources implements LossSourceStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  async takeAll(): Promise<readonly LossRow[]> {
    return inTransaction(this.#database, () => {
      const records = prepareColumn<[], string>(this.#database, 'SELECT record FROM source').all();
      this.#database.exec('DELETE FROM source');
      return records.map((record) => JSON.parse(record));
    });
  }

  async find(peer: string, name: number): Promise<LossRow | null> {
    return inTransaction(this.#database, () => {
      const select = prepareColumn<[string, number], string>(
        this.#database,
        'SELECT record FROM source WHERE peer = ? AND name = ?',
      );
      const record = select.get(peer, name);
      return record === undefined ? null : JSON.parse(record);
    });
  }

  async save(rows: readonly LossRow[]): Promise<void> {
    inTransaction(this.#database, () => {
      // Each receiving thread was given all rows at the start. The thread that owns a source has counted more lines of it.
      const upsert = this.#database.prepare(
        `INSERT INTO source (peer, name, record) VALUES (?, ?, ?) ON CONFLICT (peer, name) DO UPDATE
         SET record = excluded.record WHERE record ->> '$.lines' < excluded.record ->> '$.lines'`,
      );
      for (const row of rows) upsert.run(row.peer, row.name, JSON.stringify(row));
    });
  }
}
