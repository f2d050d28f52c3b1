/** Gaps of lost lines and changes of the inventory in timelines, tested with every store. */
import t from 'tap';
import { NO_NAME, nameHash } from '../../src/core/decode/name-hash.ts';
import type { Gap } from '../../src/core/loss/gaps.ts';
import { limits } from '../../src/core/model/limits.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import type { Store } from '../../src/store/ports/store.ts';
import type { TimelineQuery } from '../../src/store/ports/timeline.ts';
import { advisory, event, HOUR, observed, T0 } from '../given.ts';
import { commitObservations, stores } from './stores.ts';
import { callHome } from './written.ts';

const PEER = '192.0.2.2';
const gapOf = (hours: number, lost: number, over: Partial<Gap> = {}): Gap => ({
  ...{ peer: PEER, name: nameHash('sw-b'), from: T0 + (hours - 1) * HOUR, to: T0 + hours * HOUR, lost, atMost: false },
  ...over,
});
const say = (store: Store, origin: string, hours: number, over = {}, peer = PEER) =>
  commitObservations(store, [event(observed(T0 + hours * HOUR, over), { origin, peer })]);

/** The rows of a kind: hours, and a number or a text. */
async function rowsOf(store: Store, query: Partial<TimelineQuery>) {
  const { rows } = await store.timeline({ device: 'sw-b', limit: 99, ...query });
  return rows.flatMap((row) => {
    const hours = (row.at - T0) / HOUR;
    if (row.kind === 'gap') return [[hours, row.gap.lost]];
    if (row.kind !== 'inventory') return [];
    return [[hours, row.inventory.changed.map(({ column, from, to }) => `${column} ${from} ${to}`).join()]];
  });
}
const gaps = { kinds: ['gap'] as const };
const inventory = { kinds: ['inventory'] as const };

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.gaps are those of the names and addresses of a device`, async (t) => {
    const store = await open(t);
    await say(store, 'sw-b', 0);
    await store.gaps.add([
      gapOf(1, 1),
      gapOf(3, 2, { name: nameHash('sw-b.example.net') }),
      gapOf(5, 4, { peer: '192.0.2.9' }),
      gapOf(7, 8, { name: NO_NAME }),
      gapOf(9, 16, { name: NO_NAME, peer: '192.0.2.9' }),
      gapOf(11, 32, { name: nameHash('SW-B') }),
    ]);
    t.strictSame(await rowsOf(store, gaps), [
      [11, 32],
      [7, 8],
      [1, 1],
    ]);
    t.strictSame(await rowsOf(store, { device: 'sw-none' }), []);
    // A relay: its nameless lines are of nobody in particular.
    await say(store, 'sw-c', 0, {}, '192.0.2.77');
    await say(store, 'sw-d', 0, {}, '192.0.2.77');
    await store.gaps.add([
      gapOf(1, 1, { peer: '192.0.2.77', name: nameHash('sw-c') }),
      gapOf(1, 2, { peer: '192.0.2.77', name: NO_NAME }),
    ]);
    t.strictSame(await rowsOf(store, { device: 'sw-c', ...gaps }), [[1, 1]]);
    await store.forget(['sw-b'], T0);
    await say(store, 'sw-b', 0);
    t.strictSame(await rowsOf(store, gaps), [], 'a device that was forgotten has no gaps');
  });

  t.test(`${name}.gaps right behind each other are one, up to an hour`, async (t) => {
    const store = await open(t);
    await say(store, 'sw-b', 0);
    const minute = 60_000;
    const at = (from: number, to: number, lost: number, atMost = false) =>
      gapOf(0, lost, { from: T0 + from * minute, to: T0 + to * minute, atMost });
    await store.gaps.add([at(0, 1, 1), at(1.5, 2, 2, true), at(3.5, 4, 4)]);
    await store.gaps.add([at(4, 59, 8), at(59, 65, 16)]);
    const { rows } = await store.timeline({ device: 'sw-b', limit: 9, ...gaps });
    t.strictSame(
      rows.map((row) => row.kind === 'gap' && [row.gap.from, row.gap.to, row.gap.lost, row.gap.atMost]),
      [
        [T0 + 59 * minute, T0 + 65 * minute, 16, false],
        [T0 + 3.5 * minute, T0 + 59 * minute, 12, false],
        [T0, T0 + 2 * minute, 3, true],
      ],
    );
  });

  t.test(`${name}.gaps of an incident are those while it was open`, async (t) => {
    const store = await open(t);
    await say(store, 'sw-b', 0, callHome);
    await store.gaps.add([gapOf(1, 1), gapOf(3, 2), gapOf(5, 4)]);
    const incident = { id: 'qv-sw-b-1', ordinal: 1 };
    t.strictSame(await rowsOf(store, { incident: { ...incident, from: T0 + 2 * HOUR, to: T0 + 4 * HOUR } }), [[3, 2]]);
    t.strictSame(await rowsOf(store, { incident: { ...incident, from: T0 + 2 * HOUR } }), [
      [5, 4],
      [3, 2],
    ]);
  });

  t.test(`${name}.gaps are bounded, the oldest go first`, async (t) => {
    const store = await open(t, { gapRows: 3 });
    await say(store, 'sw-b', 0);
    for (const hours of [1, 3, 5, 7, 9]) await store.gaps.add([gapOf(hours, hours)]);
    t.strictSame(await rowsOf(store, gaps), [
      [9, 9],
      [7, 7],
      [5, 5],
    ]);
  });

  t.test(`${name} keeps what changed in the inventory row of a device`, async (t) => {
    const store = await open(t);
    let now = T0;
    const operations = new Operations({ store, advisory, now: () => now, onCommit: () => {} });
    const list = async (hours: number, cells: string) => {
      now = T0 + hours * HOUR;
      await operations.import(readInventory(`hostname,plant,release\n${cells}`, 'csv'));
    };
    await list(1, 'sw-b,North,');
    await list(2, 'sw-b,North,');
    await list(3, 'sw-b,South,17.3.3');
    now = T0 + 4 * HOUR;
    await operations.amend('sw-b', { plant: null });
    t.strictSame(await rowsOf(store, inventory), [
      [4, 'plant South null'],
      [3, 'release null 17.3.3,plant North South'],
      [1, 'hostname null sw-b,plant null North'],
    ]);
    await say(store, 'sw-b', 5);
    t.equal((await rowsOf(store, inventory)).length, 3, 'lines change nothing');
    for (let change = 0; change <= limits.inventoryChanges; change++) await list(6 + change, `sw-b,Hall ${change},`);
    t.equal((await rowsOf(store, inventory)).length, limits.inventoryChanges);
    await operations.import(readInventory('hostname,address\nsw-b,192.0.2.44', 'csv'), { dryRun: true });
    t.notOk(JSON.stringify(await rowsOf(store, inventory)).includes('192.0.2.44'), 'a dry run leaves no trace');
    await store.forget(['sw-b'], now);
    t.strictSame(await rowsOf(store, inventory), []);
  });

  t.test(`${name} moves what changed in the inventory to the device that another one turns out to be`, async (t) => {
    const store = await open(t);
    const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
    await operations.import(readInventory('hostname,plant\nsw-b,North', 'csv'));
    await operations.import(readInventory('serial,plant\nFOC0000A1B2,South', 'csv'));
    await operations.import(readInventory('hostname,serial,plant\nsw-b,FOC0000A1B2,West', 'csv'));
    const texts = (await rowsOf(store, inventory)).map(([, text]) => text);
    t.equal(texts.length, 3);
    t.match(`${texts}`, /West/);
    t.match(`${texts}`, /null South/);
  });
}
