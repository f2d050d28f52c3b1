/** One action on many incidents. */
import { applyAction } from '../core/correlate/correlate.ts';
import { type Correlated, type Known, nothingCorrelated } from '../core/correlate/correlated.ts';
import { closedBy } from '../core/correlate/operator-action.ts';
import { dispositionOf } from '../core/diagnose/disposition.ts';
import type { StatedDisposition } from '../core/model/disposition.ts';
import { isOpen, parseIncidentId } from '../core/model/incident.ts';
import { limits } from '../core/model/limits.ts';
import type { Note } from '../store/ports/batch.ts';
import type { ListedIncident } from '../store/ports/incidents.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import { committed, type NoteDraft, type Parts } from './committing.ts';
import { goneText, whereItWent } from './gone-incident.ts';

export const bulkActions = ['acknowledge', 'unacknowledge', 'note', 'close'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** `stated`: what the incidents really were; null if nobody says so. */
export type BulkOrder = {
  readonly action: BulkAction;
  readonly by: string;
  readonly text: string;
  readonly stated: StatedDisposition | null;
};

/** `unchanged`: incidents that were so already. */
export type BulkDone = {
  readonly done: number;
  readonly unchanged: number;
  readonly refused: readonly { readonly id: string; readonly why: string }[];
};

const KINDS: Readonly<Record<BulkAction, Note['kind']>> = {
  acknowledge: 'acknowledged',
  unacknowledge: 'unacknowledged',
  note: 'note',
  close: 'closed',
};

/** Incidents in one commit: some 20 ms. */
const AT_ONCE = 50;

type Taken = { readonly device: string; readonly ordinal: number; readonly record: ListedIncident };

/** Acts on each of these incidents once; lines are taken between two commits. One that is refused stops no other. */
export async function actOnAll(parts: Parts, ids: Iterable<string>, order: BulkOrder): Promise<BulkDone> {
  const all = [...new Set(ids)];
  const refused: { id: string; why: string }[] = [];
  let [done, unchanged] = [0, 0];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const taken: Taken[] = [];
    for (const id of all.slice(from, from + AT_ONCE)) {
      const found = await lookUp(parts, id, order);
      if (found === 'unchanged') unchanged++;
      else if ('why' in found) refused.push({ id, why: found.why });
      else taken.push(found);
    }
    if (taken.length > 0) await commitAll(parts, taken, order);
    done += taken.length;
    await yieldToEventLoop();
  }
  return { done, unchanged, refused };
}

/** Whether an acknowledgement, or its end, says what is so already. */
export function isSoAlready({ acknowledged }: ListedIncident, action: BulkAction, by: string): boolean {
  if (action === 'acknowledge') return acknowledged?.by === by;
  return action === 'unacknowledge' && acknowledged === null;
}

async function lookUp(
  { store, advisory: { prefix } }: Parts,
  id: string,
  { action, by }: BulkOrder,
): Promise<Taken | 'unchanged' | { readonly why: string }> {
  const record = await store.incident(id);
  const named = parseIncidentId(prefix, id);
  if (record === null || named === null) {
    const where = await whereItWent(store, prefix, id);
    return { why: where === null ? `there is no incident ${id}` : goneText(id, where) };
  }
  if (isSoAlready(record, action, by)) return 'unchanged';
  if (action === 'close') {
    if (record.state === 'closed') return 'unchanged';
    const device = (await store.load([named.device])).get(named.device);
    if (device === undefined || device.state.ordinal !== named.ordinal)
      return { why: `${id} is not the last incident of ${named.device}: only the last one can be closed` };
    if (!isOpen(device.state.incident)) return { why: `${id} is not open, so it cannot be closed` };
  }
  const notes = await store.notes(named.device, named.ordinal);
  if (notes.length >= limits.notes) return { why: `the incident has ${limits.notes} notes already` };
  return { ...named, record };
}

async function commitAll(parts: Parts, taken: readonly Taken[], order: BulkOrder): Promise<void> {
  const { advisory, now } = parts;
  const { action, by, text, stated } = order;
  const at = now();
  const drafts = taken.map(({ device, ordinal, record }): NoteDraft => {
    const disposition = ({ devices }: Known) =>
      stated === null ? null : dispositionOf(stated, record, devices.get(device), advisory);
    return { device, ordinal, at, by, kind: KINDS[action], text, disposition };
  });
  const close = (known: Known) =>
    taken
      .map(({ device }) => applyAction(known, device, closedBy(at, by, text), advisory))
      .reduce(together, nothingCorrelated);
  const about = { names: [], keys: taken.map(({ device }) => device), newDevices: 0 };
  await committed(parts, about, action === 'close' ? close : () => nothingCorrelated, drafts);
}

/** The outcomes of decisions on different devices as one. */
function together(a: Correlated, b: Correlated): Correlated {
  return {
    ...a,
    devices: new Map([...a.devices, ...b.devices]),
    past: [...a.past, ...b.past],
    changes: [...a.changes, ...b.changes],
    evidence: [...a.evidence, ...b.evidence],
    merges: [...a.merges, ...b.merges],
    aliases: new Map([...a.aliases, ...b.aliases]),
  };
}
