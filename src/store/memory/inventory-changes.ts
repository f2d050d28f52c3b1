import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import { limits } from '../../core/model/limits.ts';

/** The last changes of the inventory rows of each device. */
export class MemoryInventoryChanges {
  readonly #rows = new Map<string, { readonly id: number; readonly change: InventoryChange }[]>();
  #last = 0;

  write(changes: readonly InventoryChange[]): void {
    for (const change of changes) this.#put(change.device, [{ id: ++this.#last, change }]);
  }

  happened(device: string, { from, to }: { readonly from: number; readonly to: number }) {
    return (this.#rows.get(device) ?? [])
      .filter(({ change: { at } }) => at >= from && at <= to)
      .map(({ id, change }) => ({ id, row: { at: change.at, kind: 'inventory' as const, inventory: change } }));
  }

  move(from: string, into: string): void {
    const rows = this.#rows.get(from);
    if (rows === undefined) return;
    this.#rows.delete(from);
    this.#put(into, rows);
  }

  remove(device: string): void {
    this.#rows.delete(device);
  }

  #put(device: string, more: readonly { readonly id: number; readonly change: InventoryChange }[]): void {
    const rows = [...(this.#rows.get(device) ?? []), ...more].sort((a, b) => a.change.at - b.change.at || a.id - b.id);
    this.#rows.set(device, rows.slice(-limits.inventoryChanges));
  }
}
