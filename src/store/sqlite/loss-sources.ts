import type Database from 'better-sqlite3';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { LossSourceStore } from '../ports/loss-sources.ts';
import { rowSum } from './checksums.ts';
import { inTransaction } from './failures.ts';
import { type OnDamaged, type PlainRow, readPlain } from './side-rows.ts';

type Row = PlainRow & { readonly peer: string; readonly name: number };

const SELECT = 'SELECT peer, name, record, sum FROM source';

/** Rows of the loss ledger between two runs of the service. */
export class SqliteSources implements LossSourceStore {
  readonly receivers = null;
  readonly #database: Database.Database;
  readonly #onDamaged: OnDamaged;

  constructor(database: Database.Database, onDamaged: OnDamaged) {
    this.#database = database;
    this.#onDamaged = onDamaged;
  }

  async takeAll(): Promise<readonly LossRow[]> {
    return inTransaction(this.#database, () => {
      const rows = this.#database.prepare<[], Row>(SELECT).all();
      this.#database.exec('DELETE FROM source');
      return rows.flatMap((row) => this.#read(row) ?? []);
    });
  }

  async find(peer: string, name: number): Promise<LossRow | null> {
    return inTransaction(this.#database, () => {
      const select = this.#database.prepare<[string, number], Row>(`${SELECT} WHERE peer = ? AND name = ?`);
      const row = select.get(peer, name);
      return row === undefined ? null : this.#read(row);
    });
  }

  async save(rows: readonly LossRow[]): Promise<void> {
    inTransaction(this.#database, () => {
      // Each receiving thread was given all rows at the start. The thread that owns a source has counted more lines of it.
      const upsert = this.#database.prepare(
        `INSERT INTO source (peer, name, record, sum) VALUES (?, ?, ?, ?) ON CONFLICT (peer, name) DO UPDATE
         SET record = excluded.record, sum = excluded.sum
         WHERE NOT json_valid(record) OR record ->> '$.lines' < excluded.record ->> '$.lines'`,
      );
      for (const row of rows) {
        const record = JSON.stringify(row);
        upsert.run(row.peer, row.name, record, rowSum(record, row.peer, row.name));
      }
    });
  }

  #read(row: Row): LossRow | null {
    return readPlain('source', row, [row.peer, row.name], this.#onDamaged);
  }
}
