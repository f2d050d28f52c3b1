/** The commit of what a person does: decided on what is stored, with the notices of it. */
import type { Advisory } from '../core/advisory/advisory.ts';
import { announce, type Route } from '../core/announce/notice.ts';
import type { Correlated, DeviceChange, Known } from '../core/correlate/correlated.ts';
import { inventoryChanges } from '../core/correlate/inventory-changes.ts';
import type { Disposition } from '../core/model/disposition.ts';
import type { Evictions, Note } from '../store/ports/batch.ts';
import type { About } from '../store/ports/devices.ts';
import type { Store } from '../store/ports/store.ts';

export type Parts = {
  readonly store: Store;
  readonly advisory: Advisory;
  readonly now: () => number;
  /** The routes to the sinks that are notified; without routes no sink is. */
  readonly routes?: readonly Route[];
  /** Rows of an inventory in one commit; 500 if left out. */
  readonly rowsAtOnce?: number;
  /** Called after each commit. `changes` is empty if the commit only stored a note. */
  readonly onCommit: (changes: readonly DeviceChange[], evictions: Evictions) => void;
};

/** A note before its commit. A disposition is completed with what is known at the moment of the commit. */
export type NoteDraft = Omit<Note, 'disposition'> & { readonly disposition: (known: Known) => Disposition | null };

/** Stores what `fold` decides, and the notes. */
export async function committed<T extends Correlated>(
  { store, advisory, routes = [], now, onCommit }: Parts,
  about: About,
  fold: (known: Known) => T,
  drafts: readonly NoteDraft[] = [],
): Promise<T> {
  const decided: { last?: T } = {};
  const evictions = await store.commit(about, (known) => {
    const folded = fold(known);
    const notes = drafts.map((draft): Note => ({ ...draft, disposition: draft.disposition(known) }));
    decided.last = folded;
    const { changes, past, evidence, merges, aliases } = folded;
    const devices = [...folded.devices.values()];
    const all = [...known.devices.values(), ...devices];
    const notices = announce({ changes, past, notes, devices: all }, routes, advisory);
    const at = now();
    const inventory = inventoryChanges(known.devices, devices, at);
    return { devices, changes, past, evidence, merges, aliases, notes, notices, inventory, unparsed: [], now: at };
  });
  const folded = decided.last as T;
  onCommit(folded.changes, evictions);
  return folded;
}
