/** What a commit reads before it decides, and how it stores what was decided. */
import type { Known } from '../../core/correlate/correlated.ts';
import { type Device, furtherKeys } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import { type Aliases, keysIn } from '../../core/model/names.ts';
import type { Batch, Evictions } from '../ports/batch.ts';
import type { About } from '../ports/devices.ts';
import { DaySums } from './days.ts';
import type { Writing } from './incident-rows.ts';
import { LAST_ORDINAL, type PostgresIncidents } from './incidents.ts';
import { Conflict, type Session } from './session.ts';
import type { Tables } from './tables.ts';

/** Reads and locks what a commit is about: nobody changes it before the end of the transaction. */
export async function lockKnown(session: Session, about: About, { devices, names }: Tables): Promise<Known> {
  const wanted = [...about.names];
  const aliases = names.remembered(wanted) ?? (await names.find(session, wanted));
  const [locked, again, room] = await Promise.all([
    devices.locks.lock(session, keysIn(aliases, about.keys)),
    names.find(session, wanted),
    devices.capacityFor(session, about.newDevices),
  ]);
  names.remember(wanted, again);
  if (!areSame(aliases, again)) throw new Conflict('a name leads elsewhere');
  const further = furtherKeys(locked.values()).filter((key) => !locked.has(key));
  const more = await devices.locks.lock(session, further);
  return { aliases, devices: more.size === 0 ? locked : new Map([...locked, ...more]), room };
}

export const nothingEvicted: Evictions = { evicted: 0, forgotten: 0, droppedNotices: [] };

/** Where all lines were copies, nothing is written. */
export function isEmpty(batch: Batch): boolean {
  const { devices, past, changes, evidence, merges, unparsed, notes, notices, inventory = [] } = batch;
  const rows = [devices, past, changes, evidence, merges, unparsed, notes, notices, inventory];
  return batch.aliases.size === 0 && rows.every(({ length }) => length === 0);
}

/** Stores a batch. `known`: what it was decided on. */
export async function writeBatch(
  session: Session,
  batch: Batch,
  known: Pick<Known, 'aliases'>,
  tables: Tables,
): Promise<Evictions> {
  const { devices, names, incidents, evidence, unparsed, inventory, outbox, days, acts } = tables;
  const { now, merges } = batch;
  const sums = new DaySums();
  const writing = { now, changes: batch.changes, days: sums };
  const added = batch.devices.filter(({ version }) => version === 0).map(({ key }) => key);
  let forgotten = 0;
  const forget = async (key: string, last: number) => {
    if (last < 1) return;
    await evidence.removeUpTo(session, key, last);
    forgotten += await incidents.removeUpTo(session, key, last, now, sums);
  };
  // A new device may have the key of one that was merged into another one. Past incidents under that key are deleted.
  const former = await incidents.rows.haveAny(session, added);
  const merged = new Set(merges.map(({ from }) => from));
  for (const key of former) if (!merged.has(key)) await forget(key, LAST_ORDINAL);
  const unjudged = merges.length === 0 ? new Set() : await devices.unjudgedAmong(session, [...merged]);
  for (const merge of merges) {
    const { from, into } = merge;
    await devices.removeMerged(session, merge);
    await names.move(session, from, into);
    await evidence.move(session, merge);
    await outbox.move(session, from, into);
    await inventory.move(session, from, into);
    await incidents.move(session, merge);
    if (added.includes(from)) await forget(from, LAST_ORDINAL);
  }
  // A merge has changed what the names of the batch lead to.
  const learnt = merges.length === 0 ? known.aliases : new Map<string, string | null>();
  const unmarked = merges.filter(({ from }) => unjudged.has(from)).map((merge) => merge.into);
  // Each writes tables of its own; their statements are on the way at the same time.
  const [droppedNotices] = await Promise.all([
    outbox.write(session, batch.notices, now),
    devices.write(session, batch.devices),
    names.learn(session, batch.aliases, learnt),
    writeIncidents(session, batch, writing, incidents),
    evidence.write(session, batch.evidence),
    unparsed.write(session, batch.unparsed),
    inventory.write(session, batch.inventory ?? []),
    acts.write(session, batch.act),
  ]);
  if (unmarked.length > 0) await devices.unmark(session, unmarked);
  for (const { key, state } of batch.past) await forget(key, state.ordinal - limits.pastIncidents);
  const evicted = added.length > 0 ? await devices.evict(session, added.length) : [];
  if (evicted.length > 0) {
    await evidence.removeDevices(session, evicted);
    await inventory.removeDevices(session, evicted);
    await names.remove(session, evicted);
  }
  await days.write(session, sums);
  return { evicted: evicted.length, forgotten, droppedNotices };
}

async function writeIncidents(
  session: Session,
  batch: Batch,
  writing: Writing,
  incidents: PostgresIncidents,
): Promise<void> {
  await incidents.writeChanges(session, writing, batch.merges);
  await incidents.write(session, lastOfEach([...batch.past, ...batch.devices]), writing);
  await incidents.settleMerged(session, batch.merges, batch.now);
  await incidents.writeNotes(session, batch.notes, batch.now);
}

/** Of the states of one incident only the last one is stored. */
function lastOfEach(devices: readonly Device[]): Device[] {
  return [...new Map(devices.map((device) => [`${device.state.ordinal} ${device.key}`, device])).values()];
}

function areSame(a: Aliases, b: Aliases): boolean {
  if (a.size !== b.size) return false;
  for (const [name, key] of a) if (b.get(name) !== key || !b.has(name)) return false;
  return true;
}
