/** The commit of what a person does: decided on what is stored, with the notices of it. */
import type { Advisory } from '../core/advisory/advisory.ts';
import { announce, type Route } from '../core/announce/notice.ts';
import type { Correlated, DeviceChange, Known } from '../core/correlate/correlated.ts';
import { inventoryChanges } from '../core/correlate/inventory-changes.ts';
import type { Disposition } from '../core/model/disposition.ts';
import type { DeviceAct, Evictions, Note } from '../store/ports/batch.ts';
import type { About } from '../store/ports/devices.ts';
import type { Store } from '../store/ports/store.ts';

/** `devices`: what is about devices alone. The others are the kinds of notes. */
export const actKinds = ['acknowledged', 'unacknowledged', 'note', 'closed', 'reopened', 'devices'] as const satisfies (
  | Note['kind']
  | 'devices'
)[];

/**
 * What a person did, in one commit. `devices`: an inventory was imported, a trustpool or a sender was kept with a device, or
 * devices were forgotten; also the keys of those that became another one. `incidents`: those that it is about; none where it is
 * about devices alone.
 */
export type Act = DeviceAct & {
  readonly kind: (typeof actKinds)[number];
  readonly incidents: readonly { readonly device: string; readonly ordinal: number }[];
};

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
  /** Called after a commit that people can see: with the changes that it made to incidents, if any, already told. */
  readonly onAct?: (act: Act) => void;
};

/** A note before its commit. A disposition is completed with what is known at the moment of the commit. */
export type NoteDraft = Omit<Note, 'disposition'> & { readonly disposition: (known: Known) => Disposition | null };

/** Stores what `fold` decides, and the notes. */
export async function committed<T extends Correlated>(
  { store, advisory, routes = [], now, onCommit, onAct }: Parts,
  about: About,
  fold: (known: Known) => T,
  drafts: readonly NoteDraft[] = [],
): Promise<T> {
  const decided: { last?: T; act?: Act | null } = {};
  const evictions = await store.commit(about, (known) => {
    const folded = fold(known);
    const notes = drafts.map((draft): Note => ({ ...draft, disposition: draft.disposition(known) }));
    decided.last = folded;
    const { changes, past, evidence, merges, aliases } = folded;
    const devices = [...folded.devices.values()];
    const all = [...known.devices.values(), ...devices];
    const notices = announce({ changes, past, notes, devices: all }, routes, advisory);
    const at = now();
    const keys = [...devices.map(({ key }) => key), ...merges.map(({ from }) => from)];
    decided.act = actOf(notes, keys, at);
    const inventory = inventoryChanges(known.devices, devices, at);
    const act = decided.act?.kind === 'devices' ? decided.act : undefined;
    return { devices, changes, past, evidence, merges, aliases, notes, notices, inventory, act, unparsed: [], now: at };
  });
  const folded = decided.last as T;
  onCommit(folded.changes, evictions);
  if (decided.act != null) onAct?.(decided.act);
  return folded;
}

/** Null: nothing was stored that people can see. All notes of one commit are of one kind, by one person. */
function actOf(notes: readonly Note[], devices: readonly string[], at: number): Act | null {
  const [first] = notes;
  if (first === undefined && devices.length === 0) return null;
  const keys = new Set([...notes.map(({ device }) => device), ...devices]);
  return {
    ...{ kind: first?.kind ?? 'devices', by: first?.by ?? null, at, devices: [...keys] },
    incidents: notes.map(({ device, ordinal }) => ({ device, ordinal })),
  };
}
