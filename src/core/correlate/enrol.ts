/** Writes rows of an inventory to the devices that their names lead to. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import { type Column, type InventoryRow, sameRow } from '../model/inventory.ts';
import { aliasesOfLabel, aliasOf, aliasOfLabel, aliasOfSerial, isLoopback, labelOf } from '../model/names.ts';
import type { Correlated, Known } from './correlated.ts';
import { inventoryDevice } from './device-after.ts';
import { Fold } from './fold.ts';
import { withInventory } from './timeline.ts';

/** `columns`: the columns of the table. `also`: aliases of the device that are not in the row. */
export type Enrolled = {
  readonly row: InventoryRow;
  readonly columns: readonly Column[];
  readonly also?: readonly string[];
};

/** The aliases under which the device of a row is searched, the best first. */
export function aliasesOfRow({ row: { hostname, serial, address }, also = [] }: Enrolled): string[] {
  return [
    ...(hostname === null ? [] : [aliasOf(hostname)]),
    ...(serial === null ? [] : [aliasOfSerial(serial)]),
    ...(address === null || isLoopback(address) ? [] : [aliasOf(address)]),
    ...also,
  ];
}

/** The aliases under which the device of a row may be known in addition, by the first label of its name. */
export function labelsOfRow({ row: { hostname } }: Enrolled): string[] {
  return hostname === null ? [] : aliasesOfLabel(hostname);
}

/**
 * Writes the rows in their order. `taken`: the number of rows that changed something. `noRoom`: rows of new devices
 * without room.
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

/** Columns that the table does not have keep their value. */
function enrolRow(fold: Fold, enrolled: Enrolled, advisory: Advisory): 'new' | 'known' | 'no-room' {
  const { row, columns } = enrolled;
  const { directory } = fold;
  const aliases = aliasesOfRow(enrolled);
  const holders = aliases.map((alias) => holderOf(fold, alias, row));
  const named = row.hostname === null ? null : (holders[0] ?? row.hostname);
  const key = named ?? holders.find((holder) => holder !== null) ?? row.address ?? (row.serial as string);
  holders.push(holderByLabel(fold, row, key));
  const isNew = fold.device(key) === undefined && holders.every((holder) => holder === null);
  if (isNew && !fold.takeRoom()) return 'no-room';
  for (const other of new Set(holders)) {
    if (other !== null && other !== key && fold.device(other) !== undefined) fold.merge(key, 'inventory', other);
  }
  const device = fold.device(key) ?? inventoryDevice(key);
  const cells = Object.fromEntries(columns.map((column) => [column, row[column]]));
  const inventory = { ...(device.inventory ?? row), ...cells } as InventoryRow;
  const newAliases = aliases.filter((alias) => directory.keyOf(alias) !== key);
  const label = row.hostname === null ? null : labelOf(row.hostname);
  const byLabel = label === null ? null : directory.keyOf(aliasOfLabel(label));
  const newLabel = byLabel !== null && byLabel !== key;
  if (device.inventory !== null && sameRow(device.inventory, inventory) && newAliases.length === 0 && !newLabel)
    return 'known';
  for (const alias of newAliases) directory.learn(alias, key);
  // A second name with this label: from now on the label identifies no device.
  if (label !== null && newLabel) directory.learn(aliasOfLabel(label), byLabel === undefined ? key : null);
  const { pid, release, licensing } = inventory;
  const { changes, past, ...timeline } = withInventory(device, { pid, release, licensing }, advisory);
  const listed: Device = { ...device, ...timeline, keyFrom: 'inventory', inventory };
  fold.changeset.add(listed, changes, past);
  // The address of the row is known for the device from now on, and no other one becomes so.
  fold.put(
    fold.recovered(listed, {
      ...{ event: { at: listed.watermark }, receivedAt: listed.watermark },
      ...{ names: { peer: null }, sender: null },
    }),
  );
  return 'new';
}

/** The key of the device with this alias; null if there is none, or if the inventory lists it as another device. */
function holderOf(fold: Fold, alias: string, row: InventoryRow): string | null {
  const key = fold.directory.keyOf(alias) ?? null;
  const listed = key === null ? null : (fold.device(key)?.inventory ?? null);
  return listed === null || isSameDevice(listed, row) ? key : null;
}

/**
 * The key of a device that is not in the inventory, and whose name differs from the row's only in the domain: one of the
 * two has none. `key`: the row's device. Null if there is none, or if several names begin with this label.
 */
function holderByLabel(fold: Fold, { hostname }: InventoryRow, key: string): string | null {
  if (hostname === null) return null;
  const { directory } = fold;
  const label = labelOf(hostname);
  const held = directory.keyOf(aliasOfLabel(label ?? aliasOf(hostname)));
  const isUnique = label === null || held === undefined || held === key || held === directory.keyOf(aliasOf(hostname));
  const found = label === null ? held : isUnique ? directory.keyOf(label) : null;
  return found == null || fold.device(found)?.inventory != null ? null : found;
}

/** Two rows are of one device unless their hostnames differ or, if one row has no hostname, their serial numbers. */
function isSameDevice(a: InventoryRow, b: InventoryRow): boolean {
  const [left, right] = a.hostname === null || b.hostname === null ? [a.serial, b.serial] : [a.hostname, b.hostname];
  return left === null || right === null || left.toLowerCase() === right.toLowerCase();
}
