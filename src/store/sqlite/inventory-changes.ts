import type Database from 'better-sqlite3';
import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import { limits } from '../../core/model/limits.ts';
import type { Head } from '../timeline.ts';

function prepare(database: Database.Database) {
  return {
    insert: database.prepare('INSERT INTO inventory_change (device, at, record) VALUES (?, ?, ?)'),
    trim: database.prepare(
      `DELETE FROM inventory_change WHERE id IN
         (SELECT id FROM inventory_change WHERE device = ? ORDER BY at DESC, id DESC LIMIT -1 OFFSET ${limits.inventoryChanges})`,
    ),
    heads: database.prepare<[object], Head>(
      `SELECT at, id FROM inventory_change WHERE device = @device AND at BETWEEN @since AND @until AND (at, id) < (@at, @id)
       ORDER BY at DESC, id DESC LIMIT @limit`,
    ),
    one: database.prepare<[number], { device: string; at: number; record: string }>(
      'SELECT device, at, record FROM inventory_change WHERE id = ?',
    ),
    move: database.prepare('UPDATE inventory_change SET device = @into WHERE device = @from'),
    remove: database.prepare('DELETE FROM inventory_change WHERE device = ?'),
  };
}

/** The last changes of the inventory rows of each device. Each method that writes is within a transaction. */
export class SqliteInventoryChanges {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  write(changes: readonly InventoryChange[]): void {
    for (const { device, at, changed } of changes) {
      this.#statements.insert.run(device, at, JSON.stringify(changed));
      this.#statements.trim.run(device);
    }
  }

  heads(device: string, range: { readonly from: number; readonly to: number }, before: Head, limit: number): Head[] {
    return this.#statements.heads.all({ device, since: range.from, until: range.to, ...before, limit });
  }

  one(id: number): InventoryChange | null {
    const row = this.#statements.one.get(id);
    return row === undefined ? null : { device: row.device, at: row.at, changed: JSON.parse(row.record) };
  }

  move(from: string, into: string): void {
    if (this.#statements.move.run({ from, into }).changes > 0) this.#statements.trim.run(into);
  }

  remove(device: string): void {
    this.#statements.remove.run(device);
  }
}
