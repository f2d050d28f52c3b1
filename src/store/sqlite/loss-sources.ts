import type Database from 'better-sqlite3';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { LossSourceStore } from '../ports/loss-sources.ts';
import { explained } from './open.ts';

/** The loss ledger between two runs of the service. */
export class SqliteSources implements LossSourceStore {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  async takeAll(): Promise<readonly LossRow[]> {
    return this.#run(() => {
      const records = this.#database.prepare<[], string>('SELECT record FROM source').pluck().all() as string[];
      this.#database.exec('DELETE FROM source');
      return records.map((record) => JSON.parse(record));
    });
  }

  async find(peer: string, name: number): Promise<LossRow | null> {
    return this.#run(() => {
      const select = this.#database.prepare<[string, number], string>(
        'SELECT record FROM source WHERE peer = ? AND name = ?',
      );
      const record = select.pluck().get(peer, name) as string | undefined;
      return record === undefined ? null : JSON.parse(record);
    });
  }

  async save(rows: readonly LossRow[]): Promise<void> {
    this.#run(() => {
      // Every thread was given all of them: who has heard more of one knows it.
      const put = this.#database.prepare(
        `INSERT INTO source (peer, name, record) VALUES (?, ?, ?) ON CONFLICT (peer, name) DO UPDATE
         SET record = excluded.record WHERE record ->> '$.lines' < excluded.record ->> '$.lines'`,
      );
      for (const row of rows) put.run(row.peer, row.name, JSON.stringify(row));
    });
  }

  #run<T>(work: () => T): T {
    try {
      return this.#database.transaction(work)();
    } catch (error) {
      throw explained(error, this.#database.name);
    }
  }
}
