import type { Device } from '../model/device.ts';
import { type Column, columns } from '../model/inventory.ts';

/** What became another value in the inventory row of a device; null: no value. `at`: milliseconds, by the clock of the service. */
export type InventoryChange = {
  readonly device: string;
  readonly at: number;
  readonly changed: readonly { readonly column: Column; readonly from: string | null; readonly to: string | null }[];
};

/** The changes between these devices and what is known of them. Devices whose rows stay have none. */
export function inventoryChanges(
  before: ReadonlyMap<string, Device>,
  after: Iterable<Device>,
  at: number,
): InventoryChange[] {
  const changes: InventoryChange[] = [];
  for (const { key, inventory } of after) {
    const known = before.get(key)?.inventory ?? null;
    if (known === inventory) continue;
    const changed = columns
      .map((column) => ({ column, from: known?.[column] ?? null, to: inventory?.[column] ?? null }))
      .filter(({ from, to }) => from !== to);
    if (changed.length > 0) changes.push({ device: key, at, changed });
  }
  return changes;
}
