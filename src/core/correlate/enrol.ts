/** Rows of an inventory, over what is known under their names. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import { type Column, type InventoryRow, sameRow } from '../model/inventory.ts';
import { aliasOf, aliasOfSerial, isLoopback } from '../model/names.ts';
import type { Correlated, Known } from './correlated.ts';
import { inventoryDevice } from './device-after.ts';
import { Fold } from './fold.ts';
import { withInventory } from './timeline.ts';

/** `columns`: those that the table has. `also`: names by which the device is meant, that the row does not say. */
export type Enrolled = {
  readonly row: InventoryRow;
  readonly columns: readonly Column[];
  readonly also?: readonly string[];
};

/** The names that a row is looked up by, the best first. */
export function aliasesOfRow({ row: { hostname, serial, address }, also = [] }: Enrolled): string[] {
  return [
    ...(hostname === null ? [] : [aliasOf(hostname)]),
    ...(serial === null ? [] : [aliasOfSerial(serial)]),
    ...(address === null || isLoopback(address) ? [] : [aliasOf(address)]),
    ...also,
  ];
}

/**
 * Rows in their order. `taken`: how many rows said anything new. `noRoom`: rows of new devices that there is no room for.
 */
export function enrol<Row extends Enrolled>(
  known: Known,
  rows: readonly Row[],
  advisory: Advisory,
): Correlated & { readonly taken: number; readonly noRoom: readonly Row[] } {
  const fold = new Fold(known, advisory);
  const results = rows.map((row) => enrolRow(fold, row, advisory));
  const taken = results.filter((result) => result === 'new').length;
  return { ...fold.correlated(), taken, noRoom: rows.filter((_, index) => results[index] === 'no-room') };
}

/** Columns that are not named stay as they were. */
function enrolRow(fold: Fold, enrolled: Enrolled, advisory: Advisory): 'new' | 'known' | 'no-room' {
  const { row, columns } = enrolled;
  const { directory } = fold;
  const aliases = aliasesOfRow(enrolled);
  const holders = aliases.map((alias) => holderOf(fold, alias, row));
  const named = row.hostname === null ? null : (holders[0] ?? row.hostname);
  const key = named ?? holders.find((holder) => holder !== null) ?? row.address ?? (row.serial as string);
  const isNew = fold.device(key) === undefined && holders.every((holder) => holder === null);
  if (isNew && !fold.takeRoom()) return 'no-room';
  for (const other of new Set(holders)) {
    if (other !== null && other !== key && fold.device(other) !== undefined) fold.merge(key, 'inventory', other);
  }
  const device = fold.device(key) ?? inventoryDevice(key);
  const written = Object.fromEntries(columns.map((column) => [column, row[column]]));
  const inventory = { ...(device.inventory ?? row), ...written } as InventoryRow;
  const learns = aliases.filter((alias) => directory.keyOf(alias) !== key);
  if (device.inventory !== null && sameRow(device.inventory, inventory) && learns.length === 0) return 'known';
  for (const alias of learns) directory.learn(alias, key);
  const { pid, release, licensing } = inventory;
  const { changes, past, ...timeline } = withInventory(device, { pid, release, licensing }, advisory);
  const listed: Device = { ...device, ...timeline, keyFrom: 'inventory', inventory };
  fold.changeset.add(listed, changes, past);
  fold.put(listed);
  return 'new';
}

/** The device under a name, unless the inventory has it as another one. */
function holderOf(fold: Fold, alias: string, row: InventoryRow): string | null {
  const key = fold.directory.keyOf(alias) ?? null;
  const listed = key === null ? null : (fold.device(key)?.inventory ?? null);
  return listed === null || isSameDevice(listed, row) ? key : null;
}

/** Two rows are of one device unless their hostnames differ, or, where one has none, their serial numbers. */
function isSameDevice(a: InventoryRow, b: InventoryRow): boolean {
  const [mine, other] = a.hostname === null || b.hostname === null ? [a.serial, b.serial] : [a.hostname, b.hostname];
  return mine === null || other === null || mine.toLowerCase() === other.toLowerCase();
}
