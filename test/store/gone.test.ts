/** Where incidents went that were moved to another device or withdrawn: the contract, tested with every store. */

import t from 'tap';
import type { DeviceChange, Merge } from '../../src/core/correlate/correlated.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { HOUR, T0 } from '../given.ts';
import { noRows, stores, writeBatch } from './stores.ts';
import { callHome, commit, imported, observation, proof, restored } from './written.ts';

const at = (hours: number) => T0 + hours * HOUR;
const unnamed = (hours: number, over = {}, names = {}) =>
  observation(null, hours, over, { peer: '192.0.2.8', ...names });

const serial = 'FOC0000A1B2';

const withdrawal = (
  device: string,
  ordinal: number,
  hours: number,
  over: Partial<DeviceChange> = {},
): DeviceChange => ({
  ...{ type: 'IncidentWithdrawn', device, ordinal, at: at(hours), receivedAt: T0, from: 'suspected', to: 'closed' },
  ...{ severity: 'warning', reason: 'late-evidence', ...over },
});
const mergeOf = (from: string, fromOrdinal: number, into: string, intoOrdinal: number): Merge => ({
  ...{ from, version: 0, into, fromOrdinal, intoOrdinal },
});
const write = (store: Store, changes: readonly DeviceChange[], merges: readonly Merge[] = []) =>
  writeBatch(store, { ...noRows, devices: [], now: T0, changes, merges });
/** The incident `from` becomes `into`, as a merge of two devices decides it. */
const move = (store: Store, from: readonly [string, number], into: readonly [string, number]) =>
  write(store, [withdrawal(...from, 0, { reason: 'same-device' })], [mergeOf(...from, ...into)]);

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.gone() leads to the incident of the device that two names are of`, async (t) => {
    const store = await open(t);
    await commit(store, unnamed(0, callHome), unnamed(1));
    t.equal(await store.gone('192.0.2.8', 1), null, 'it is there');
    await commit(store, observation('sw-a', 2, {}, { peer: '192.0.2.8' }));
    t.strictSame(await store.gone('192.0.2.8', 1), { movedTo: { device: 'sw-a', ordinal: 1 } });
    t.not(await store.incident('qv-sw-a-1'), null);
    t.equal(await store.gone('sw-a', 1), null);
    t.equal(await store.gone('192.0.2.8', 2), null);
  });

  t.test(`${name}.gone() leads to the last incident of several moves`, async (t) => {
    const store = await open(t);
    await commit(store, unnamed(0, callHome, { serial }), unnamed(1, {}, { serial }));
    await commit(store, unnamed(2, {}, { relayHost: 'relay-name', serial }));
    t.strictSame(await store.gone('192.0.2.8', 1), { movedTo: { device: 'relay-name', ordinal: 1 } });
    await commit(store, observation('sw-a', 3, {}, { relayHost: 'relay-name', serial }));
    const last = { movedTo: { device: 'sw-a', ordinal: 1 } };
    t.strictSame([await store.gone('192.0.2.8', 1), await store.gone('relay-name', 1)], [last, last]);
    await store.forget(['sw-a'], T0);
    for (const device of ['192.0.2.8', 'relay-name', 'sw-a'])
      t.equal(await store.gone(device, 1), null, 'all forgotten');
  });

  t.test(`${name}.gone() leads to the last incident of several moves in one commit`, async (t) => {
    const store = await open(t);
    await commit(
      store,
      ...[unnamed(0, callHome, { serial }), unnamed(1, {}, { serial })],
      unnamed(2, {}, { relayHost: 'relay-name', serial }),
      observation('sw-a', 3, {}, { relayHost: 'relay-name', serial }),
    );
    const last = { movedTo: { device: 'sw-a', ordinal: 1 } };
    t.strictSame([await store.gone('192.0.2.8', 1), await store.gone('relay-name', 1)], [last, last]);
  });

  t.test(`${name}.gone() does not lead to what a device of a former name has afterwards`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-c', 0, callHome), observation('sw-c', 1));
    // The second merge is into a new device of the name that went before.
    const changes = [
      withdrawal('sw-b', 1, 0, { reason: 'same-device' }),
      withdrawal('sw-a', 1, 0, { reason: 'same-device' }),
    ];
    await write(store, changes, [mergeOf('sw-b', 1, 'sw-c', 1), mergeOf('sw-a', 1, 'sw-b', 1)]);
    await commit(store, observation('sw-b', 2, callHome), observation('sw-b', 3));
    t.strictSame(await store.gone('sw-a', 1), { movedTo: { device: 'sw-b', ordinal: 1 } });
    t.equal(await store.gone('sw-b', 1), null);
  });

  t.test(`${name}.gone() says when a late line withdrew an incident, until the incident exists again`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 2));
    await commit(store, observation('sw-a', 1, restored));
    const [last] = (await store.transitions('sw-a', 1)).slice(-1);
    t.match(last, { type: 'IncidentWithdrawn', at: at(1) });
    t.strictSame(await store.gone('sw-a', 1), { withdrawn: at(1) }, 'the time of the line that showed it');
    const more = [observation('sw-a', 3, restored), observation('sw-a', 30, callHome), observation('sw-a', 31)];
    await commit(store, ...more);
    t.match(await store.incident('qv-sw-a-1'), { state: 'suspected' });
    t.equal(await store.gone('sw-a', 1), null);
    await commit(store, observation('sw-a', 30.5, restored));
    t.strictSame(await store.gone('sw-a', 1), { withdrawn: at(30.5) }, 'and again');
    await store.forget(['sw-a'], T0);
    t.equal(await store.gone('sw-a', 1), null);
  });

  t.test(`${name}.gone() says of an incident that is part of the previous one that it was withdrawn`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
    await commit(store, observation('sw-a', 1.5, imported), observation('sw-a', 2, restored));
    await commit(store, observation('sw-a', 30, callHome), observation('sw-a', 31));
    await commit(store, observation('sw-a', 20, proof));
    t.equal(await store.incident('qv-sw-a-2'), null);
    t.strictSame(await store.gone('sw-a', 2), { withdrawn: at(20) });
    t.equal(await store.gone('sw-a', 1), null);
  });

  t.test(`${name}.gone() says of a moved incident that was withdrawn later that it was withdrawn`, async (t) => {
    const store = await open(t);
    await commit(store, unnamed(0, callHome), unnamed(2));
    await commit(store, observation('sw-a', 3, { kind: 'neutral', weight: 0, family: null }, { peer: '192.0.2.8' }));
    t.strictSame(await store.gone('192.0.2.8', 1), { movedTo: { device: 'sw-a', ordinal: 1 } });
    await commit(store, observation('sw-a', 1, restored, { peer: '192.0.2.8' }));
    t.equal(await store.incident('qv-sw-a-1'), null);
    const withdrawn = await store.gone('sw-a', 1);
    t.match(withdrawn, { withdrawn: Number });
    t.strictSame(await store.gone('192.0.2.8', 1), withdrawn);
    await commit(store, observation('sw-a', 30, callHome), observation('sw-a', 31));
    t.strictSame(await store.gone('192.0.2.8', 1), { movedTo: { device: 'sw-a', ordinal: 1 } }, 'it exists again');
  });

  t.test(`${name}.gone() says of an incident of which nothing came in a merge that it was withdrawn`, async (t) => {
    const store = await open(t);
    await move(store, ['sw-a', 1], ['sw-b', 4]);
    t.strictSame(await store.gone('sw-a', 1), { withdrawn: T0 });
    await write(store, [], [mergeOf('sw-b', 4, 'sw-c', 1)]);
    await commit(store, observation('sw-c', 0, callHome), observation('sw-c', 1));
    t.strictSame(await store.gone('sw-a', 1), { movedTo: { device: 'sw-c', ordinal: 1 } }, 'as its changes were moved');
  });

  t.test(`${name}.gone() knows two devices that were merged in both directions`, async (t) => {
    const store = await open(t);
    await move(store, ['sw-a', 1], ['sw-b', 1]);
    await move(store, ['sw-b', 1], ['sw-a', 1]);
    t.strictSame([await store.gone('sw-a', 1), await store.gone('sw-b', 1)], [{ withdrawn: T0 }, { withdrawn: T0 }]);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
    t.strictSame(
      [await store.gone('sw-a', 1), await store.gone('sw-b', 1)],
      [null, { movedTo: { device: 'sw-a', ordinal: 1 } }],
    );
  });

  t.test(`${name}.gone() keeps the earlier incidents of a merge apart`, async (t) => {
    const store = await open(t);
    await write(store, [withdrawal('sw-a', 1, 5)]);
    await move(store, ['sw-a', 2], ['sw-b', 1]);
    await commit(store, observation('sw-b', 0, callHome), observation('sw-b', 1));
    t.strictSame(
      [await store.gone('sw-a', 1), await store.gone('sw-a', 2)],
      [{ withdrawn: at(5) }, { movedTo: { device: 'sw-b', ordinal: 1 } }],
    );
    // What leads to a finished incident, which stays under its name, stays as it is.
    await write(store, [], [mergeOf('sw-b', 2, 'sw-c', 7)]);
    t.strictSame(await store.gone('sw-a', 2), { movedTo: { device: 'sw-b', ordinal: 1 } });
  });

  t.test(`${name}.gone() forgets what led to an incident that is deleted`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-b', 0, callHome), observation('sw-b', 1));
    await move(store, ['sw-a', 1], ['sw-b', 1]);
    await write(store, [withdrawal('sw-d', 1, 1)]);
    t.not(await store.gone('sw-a', 1), null);
    await store.forget(['sw-b'], T0);
    t.strictSame([await store.gone('sw-a', 1), await store.gone('sw-d', 1)], [null, { withdrawn: at(1) }]);
    await store.forget(['sw-d'], T0);
    t.equal(await store.gone('sw-d', 1), null);
  });

  t.test(`${name}.gone() forgets the oldest beyond the limit`, async (t) => {
    const store = await open(t, { goneIncidents: 3 });
    await write(
      store,
      [1, 2].map((ordinal) => withdrawal('sw-a', ordinal, ordinal)),
    );
    await write(store, [withdrawal('sw-a', 1, 9)]);
    await write(
      store,
      [3, 4].map((ordinal) => withdrawal('sw-a', ordinal, ordinal)),
    );
    const found = await Promise.all([1, 2, 3, 4].map((ordinal) => store.gone('sw-a', ordinal)));
    t.strictSame(found, [{ withdrawn: at(9) }, null, { withdrawn: at(3) }, { withdrawn: at(4) }]);
    await write(
      store,
      [5, 6, 7, 8, 9].map((ordinal) => withdrawal('sw-a', ordinal, ordinal)),
    );
    const last = await Promise.all([4, 6, 7, 8, 9].map((ordinal) => store.gone('sw-a', ordinal)));
    t.strictSame(last, [null, null, { withdrawn: at(7) }, { withdrawn: at(8) }, { withdrawn: at(9) }]);
  });
}
