import type Database from 'better-sqlite3';
import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import { limits } from '../../core/model/limits.ts';
import { parseStored } from '../codec/stored-json.ts';
import type { Head } from '../timeline.ts';
import { rowSum, sumIfIntact } from './checksums.ts';
import { type OnDamaged, readSide, SIDE, type SideRow } from './side-rows.ts';

function prepare(database: Database.Database) {
  return {
    insert: database.prepare('INSERT INTO inventory_change (device, at, record, sum) VALUES (?, ?, ?, ?)'),
    trim: database.prepare(
      `DELETE FROM inventory_change WHERE id IN
         (SELECT id FROM inventory_change WHERE device = ? ORDER BY at DESC, id DESC LIMIT -1 OFFSET ${limits.inventoryChanges})`,
    ),
    heads: database.prepare<[object], Head>(
      `SELECT at, id FROM inventory_change WHERE device = @device AND at BETWEEN @since AND @until AND (at, id) < (@at, @id)
       ORDER BY at DESC, id DESC LIMIT @limit`,
    ),
    one: database.prepare<[number], SideRow & { device: string; at: number }>(
      `SELECT device, at, ${SIDE.inventory_change} FROM inventory_change WHERE id = ?`,
    ),
    move: database.prepare(
      `UPDATE inventory_change SET device = @into, sum = ${sumIfIntact('inventory_change', 'row_sum(record, @into, at)')}
       WHERE device = @from`,
    ),
    remove: database.prepare('DELETE FROM inventory_change WHERE device = ?'),
  };
}

/** The last changes of the inventory rows of each device. Each method that writes is within a transaction. */
export class SqliteInventoryChanges {
  readonly #statements: ReturnType<typeof prepare>;

  readonly #onDamaged: OnDamaged;

  constructor(database: Database.Database, onDamaged: OnDamaged) {
    this.#statements = prepare(database);
    this.#onDamaged = onDamaged;
  }

  write(changes: readonly InventoryChange[]): void {
    for (const { device, at, changed } of changes) {
      const record = JSON.stringify(changed);
      this.#statements.insert.run(device, at, record, rowSum(record, device, at));
      this.#statements.trim.run(device);
    }
  }

  heads(device: string, range: { readonly from: number; readonly to: number }, before: Head, limit: number): Head[] {
    return this.#statements.heads.all({ device, since: range.from, until: range.to, ...before, limit });
  }

  one(id: number): InventoryChange | null {
    const row = this.#statements.one.get(id);
    if (row === undefined) return null;
    const { device, at } = row;
    return readSide('inventory_change', row, this.#onDamaged, (record) => ({
      device,
      at,
      changed: parseStored(record),
    }));
  }

  move(from: string, into: string): void {
    if (this.#statements.move.run({ from, into }).changes > 0) this.#statements.trim.run(into);
  }

  remove(device: string): void {
    this.#statements.remove.run(device);
  }
}
