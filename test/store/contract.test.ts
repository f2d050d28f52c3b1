/** The contract of writing, tested with every store. */

import t from 'tap';
import { advanceTime } from '../../src/core/correlate/correlate.ts';
import { enrol } from '../../src/core/correlate/enrol.ts';
import type { Device } from '../../src/core/model/device.ts';
import { limits } from '../../src/core/model/limits.ts';
import { advisory, event, HOUR, observed, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { batchOf, dueIn, noRows, stores, writeBatch } from './stores.ts';
import { callHome, commit, imported, keysOf, noteOf, observation, proof, restored, rowOf } from './written.ts';

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.commit() stores devices that load() returns`, async (t) => {
    const store = await open(t);
    t.same(await store.load(['sw-a']), new Map());
    t.strictSame(await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1)), {
      ...{ evicted: 0, forgotten: 0, droppedNotices: [] },
    });
    const device = (await store.load(['sw-a', 'sw-none'])).get('sw-a');
    t.match(device, { key: 'sw-a', version: 1, messages: 2, peer: '192.0.2.7' });
    t.equal(device?.state.incident?.phase.state, 'suspected');
    t.match(await store.incident('qv-sw-a-1'), { device: 'sw-a', state: 'suspected', score: 3, evidence: 2 });
    t.equal(await store.incident('qv-sw-a-2'), null);
    matchWhole(t, await store.transitions('sw-a', 1), [{ type: 'IncidentSuspected', decidedAt: T0 }]);
    matchWhole(t, await store.evidence('sw-a', 1), [{ mnemonic: 'SL_MESSAGE_FAILED' }, { mnemonic: 'COMM_FAILED' }]);
  });

  t.test(`${name}.commit() goes on after a text that no database gives back as it was`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
    const notes = [noteOf('sw-a', 1, { by: 'kim \udc00', text: '\ud83d' })];
    await writeBatch(store, { ...noRows, devices: [], notes, now: T0 });
    t.match(await store.incident('qv-sw-a-1'), { state: 'suspected', acknowledged: { by: /^kim/ } });
    await commit(store, observation('sw-a', 2, proof));
    t.match(await store.incident('qv-sw-a-1'), { evidence: 3, acknowledged: { by: /^kim/ } });
    t.equal((await store.incidents({ limit: 10 })).rows.length, 1);
    t.same(await store.mend(T0), []);
  });

  t.test(`${name}.commit() writes nothing of a batch that was decided on another version`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0), observation('sw-b', 0));
    const slow = await batchOf(store, [observation('sw-b', 2), observation('sw-a', 2, callHome)]);
    await commit(store, observation('sw-a', 1));
    await t.rejects(writeBatch(store, slow), /another version than the store of sw-a/);
    t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 2);
    t.equal((await store.load(['sw-b'])).get('sw-b')?.messages, 1, 'nor of the devices that fit');
    t.equal(await store.incident('qv-sw-a-1'), null);
  });

  t.test(`${name}.commit() reads the device whose key is the serial number of an address`, async (t) => {
    const store = await open(t);
    const nameless = (serial: string, at: number) =>
      event(observed(T0 + at), { relayHost: '198.51.100.1', peer: '192.0.2.90', serial });
    await commit(store, nameless('S1', 0));
    // A device of this key is stored, and no name leads to it any more.
    const device = (await store.load(['198.51.100.1'])).get('198.51.100.1') as Device;
    await writeBatch(store, { ...noRows, devices: [{ ...device, key: 'S1', keyFrom: 'serial', version: 0 }], now: T0 });
    await commit(store, nameless('S2', 1));
    t.same(await keysOf(store), ['S1', 'S2']);
    t.equal((await store.load(['S1'])).get('S1')?.messages, 2);
  });

  t.test(`${name}.capacityFor() counts free rows and devices that may be evicted`, async (t) => {
    const store = await open(t, { devices: 4 });
    t.equal(await store.capacityFor(3), 3);
    t.equal(await store.capacityFor(9), 4);
    const listed = enrol({ devices: new Map(), aliases: new Map() }, [rowOf('sw-listed')], advisory);
    await writeBatch(store, {
      ...listed,
      devices: [...listed.devices.values()],
      unparsed: [],
      notes: [],
      notices: [],
      now: T0,
    });
    await commit(store, observation('sw-incident', 0, callHome), observation('sw-incident', 1));
    await commit(store, observation('sw-ok', 3, restored));
    t.equal(await store.capacityFor(9), 2, 'of the one that is ok there is room, too');
    await commit(store, observation('sw-watching', 2));
    t.same([await store.capacityFor(1), await store.capacityFor(9)], [1, 2]);
    t.match(await commit(store, observation('sw-new', 4)), { evicted: 1 });
    t.same(await keysOf(store), ['sw-incident', 'sw-listed', 'sw-new', 'sw-watching'], 'the one that is ok goes first');
    t.match(await commit(store, observation('sw-newer', 5, callHome), observation('sw-newer', 6)), { evicted: 1 });
    t.same(
      await keysOf(store),
      ['sw-incident', 'sw-listed', 'sw-new', 'sw-newer'],
      'then the first one that was no incident',
    );
    t.same(await store.evidence('sw-watching', 1), [], 'with its lines');
    t.same(await store.namesOf('sw-watching'), [], 'and its names');
    await commit(store, observation('sw-new', 6, callHome));
    t.equal(await store.capacityFor(9), 0);
  });

  t.test(
    `${name}.commit() evicts names that appear in a burst before a device that has failed for longer`,
    async (t) => {
      const store = await open(t, { devices: 4 });
      const sent = (device: string, hours: number, statedHours = hours) => ({
        ...observation(device, statedHours, callHome),
        ...{ sender: 'address:192.0.2.7', receivedAt: T0 + hours * HOUR },
      });
      // Its clock stands still, and the others have any time that they like.
      for (const hours of [0, 2]) await commit(store, sent('sw-fails', hours, 0));
      for (let burst = 0; burst < 9; burst++) {
        const name = `sw-burst-${burst}`;
        await commit(store, sent(name, 3), sent(name, 3, 0.5));
      }
      t.same(await keysOf(store), ['sw-burst-6', 'sw-burst-7', 'sw-burst-8', 'sw-fails']);
      await commit(store, observation('sw-fails', 4, proof));
      t.match((await store.incidents({ limit: 9 })).rows, [{ device: 'sw-fails' }], 'what it said before counts');
      for (const burst of [6, 7, 8]) await commit(store, observation(`sw-burst-${burst}`, 5, callHome));
      t.match(
        await commit(store, observation('sw-new', 6, callHome)),
        { evicted: 1 },
        'they may go where there are no others',
      );
    },
  );

  t.test(`${name}.due() gives devices at their deadline`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1), observation('sw-a', 2, restored));
    t.same(await dueIn(store, T0 + 2.99 * HOUR, 10), []);
    const due = await dueIn(store, T0 + 3 * HOUR, 10);
    t.same(
      due.map(({ key }) => key),
      ['sw-a'],
    );
    const { devices, ...rest } = advanceTime(due, () => T0 + 3 * HOUR, advisory);
    await writeBatch(store, { devices: [...devices.values()], ...rest, unparsed: [], notes: [], notices: [], now: T0 });
    t.same(await dueIn(store, T0 + 100 * HOUR, 10), [], 'resolved: nothing is due any more');
    t.match(await store.incident('qv-sw-a-1'), {
      state: 'resolved',
      resolvedAt: new Date(T0 + 3 * HOUR).toISOString(),
    });
  });

  t.test(`${name}.commit() keeps a past incident when the next one begins`, async (t) => {
    const store = await open(t);
    await commit(
      store,
      observation('sw-a', 0, callHome),
      observation('sw-a', 1),
      observation('sw-a', 2, restored),
      observation('sw-a', 240, callHome),
      observation('sw-a', 241),
    );
    t.same(
      (await store.incidents({ limit: 9 })).rows.map(({ id, state }) => [id, state]),
      [
        ['qv-sw-a-1', 'resolved'],
        ['qv-sw-a-2', 'suspected'],
      ],
    );
  });

  t.test(`${name}.commit() deletes the oldest of many past incidents, with all their rows`, async (t) => {
    const store = await open(t);
    const incidents = limits.pastIncidents + 3;
    let forgotten = 0;
    for (let hour = 0; hour < 240 * incidents; hour += 240) {
      const result = await commit(
        store,
        ...[
          observation('sw-a', hour, callHome),
          observation('sw-a', hour + 1),
          observation('sw-a', hour + 2, restored),
        ],
      );
      forgotten += result.forgotten;
    }
    await commit(store, observation('sw-b', 0, callHome), observation('sw-b', 1));
    const ids = (await store.incidents({ limit: 500, device: 'sw-a' })).rows.map(({ id }) => id);
    t.same([ids.length, ids[0], forgotten], [limits.pastIncidents + 1, 'qv-sw-a-3', 2]);
    t.same((await store.incidents({ limit: 9, device: 'sw-b' })).rows.length, 1);
    const had = async (ordinal: number) => [
      (await store.evidence('sw-a', ordinal)).length,
      (await store.transitions('sw-a', ordinal)).length,
    ];
    t.same(
      [await had(1), await had(2)],
      [
        [0, 0],
        [0, 0],
      ],
    );
    t.same(
      (await had(3)).map((rows) => rows > 0),
      [true, true],
    );
    t.match((await store.messages({ limit: 500, device: 'sw-b' })).rows.length, 2);
  });

  t.test(`${name}.commit() deletes an incident that late evidence withdraws`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 2));
    t.not(await store.incident('qv-sw-a-1'), null);
    await commit(store, observation('sw-a', 1, restored));
    t.equal(await store.incident('qv-sw-a-1'), null, 'the success came between the two failures');
    t.match((await store.transitions('sw-a', 1)).at(-1), { type: 'IncidentWithdrawn', reason: 'late-evidence' });
  });

  t.test(`${name}.commit() merges two devices, with incident, lines, changes and names`, async (t) => {
    const store = await open(t);
    await commit(
      store,
      observation(null, 0, callHome, { peer: '192.0.2.8' }),
      observation(null, 1, {}, { peer: '192.0.2.8', serial: 'FOC0000A1B2' }),
    );
    t.match(await store.incident('qv-192.0.2.8-1'), { state: 'suspected', device: '192.0.2.8' });
    await commit(
      store,
      observation('sw-a', 2, { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' }, { peer: '192.0.2.8' }),
    );
    t.same([...(await store.load(['192.0.2.8', 'sw-a'])).keys()], ['sw-a']);
    t.equal(await store.incident('qv-192.0.2.8-1'), null);
    t.match(await store.incident('qv-sw-a-1'), { state: 'confirmed', device: 'sw-a', evidence: 3 });
    t.same(
      (await store.evidence('sw-a', 1)).map(({ device, ordinal, at }) => [device, ordinal, (at - T0) / HOUR]),
      [0, 1, 2].map((hours) => ['sw-a', 1, hours]),
    );
    t.same(
      (await store.transitions('sw-a', 1)).map(({ type, device }) => [type, device]),
      [
        ['IncidentSuspected', 'sw-a'],
        ['IncidentAmended', 'sw-a'],
        ['IncidentConfirmed', 'sw-a'],
      ],
    );
    matchWhole(t, await store.transitions('192.0.2.8', 1), [{ type: 'IncidentWithdrawn', reason: 'same-device' }]);
    t.same([...(await store.namesOf('sw-a'))].sort(), ['192.0.2.8', 'sn:foc0000a1b2', 'sw-a']);
    t.same(await store.namesOf('192.0.2.8'), []);
    t.same(
      await store.aliases(['192.0.2.8', 'sw-b']),
      new Map([['192.0.2.8', 'sw-a']]),
      'and lines under the old name are found',
    );
  });

  t.test(`${name}.commit() creates a new device under the former key of another device`, async (t) => {
    const store = await open(t);
    const unnamed = (hours: number, over = {}) => observation(null, hours, over, { peer: '192.0.2.8' });
    await commit(store, unnamed(0, callHome), unnamed(1), unnamed(2, restored), unnamed(240, callHome), unnamed(241));
    await writeBatch(store, { ...noRows, devices: [], now: T0, notes: [noteOf('192.0.2.8', 1)] });
    await commit(store, observation('sw-a', 242, {}, { peer: '192.0.2.8' }));
    const ids = async () => (await store.incidents({ limit: 9 })).rows.map(({ id, state }) => `${id} ${state}`);
    t.same(await ids(), ['qv-192.0.2.8-1 resolved', 'qv-sw-a-2 suspected'], 'a past incident stays under the old key');
    t.strictSame(await store.notes('192.0.2.8', 1), [noteOf('192.0.2.8', 1)]);
    // The address turns out to be that of a relay. Devices without a name are known by this address.
    await commit(store, observation('sw-c', 243, {}, { peer: '192.0.2.8' }));
    const again = await commit(store, unnamed(400, callHome), unnamed(401));
    t.match(again, { forgotten: 1 });
    t.same(await ids(), ['qv-sw-a-2 suspected', 'qv-192.0.2.8-1 suspected']);
    t.same(await store.notes('192.0.2.8', 1), []);
    matchWhole(t, await store.transitions('192.0.2.8', 1), [{ type: 'IncidentSuspected', at: T0 + 401 * HOUR }]);
    matchWhole(t, await store.evidence('192.0.2.8', 1), [{ at: T0 + 400 * HOUR }, { at: T0 + 401 * HOUR }]);
  });

  t.test(`${name}.commit() moves or deletes the notes together with their incident`, async (t) => {
    const store = await open(t);
    const write = (...of: readonly [string, number][]) =>
      writeBatch(store, {
        ...noRows,
        devices: [],
        now: T0,
        notes: of.map(([device, ordinal]) => noteOf(device, ordinal)),
      });
    // Late proof shows that the first incident was open again when the next one began.
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
    await commit(store, observation('sw-a', 1.5, imported), observation('sw-a', 2, restored));
    await commit(store, observation('sw-a', 30, callHome), observation('sw-a', 31));
    await write(['sw-a', 1], ['sw-a', 2]);
    await commit(store, observation('sw-a', 20, proof));
    t.equal(await store.incident('qv-sw-a-2'), null, 'the second incident is part of the first');
    t.strictSame(await store.notes('sw-a', 1), [noteOf('sw-a', 1), noteOf('sw-a', 1)]);
    t.same(await store.notes('sw-a', 2), []);
    // A late success shows that there was no incident.
    await commit(store, observation('sw-b', 0, callHome), observation('sw-b', 2));
    await write(['sw-b', 1]);
    await commit(store, observation('sw-b', 1, restored));
    await commit(store, observation('sw-b', 30, callHome), observation('sw-b', 31));
    t.match(await store.incident('qv-sw-b-1'), { state: 'suspected' });
    t.same(await store.notes('sw-b', 1), [], 'the new incident has no notes');
  });

  t.test(`${name}.commit() keeps the last changes and unparsed lines up to their bounds`, async (t) => {
    const store = await open(t, { unparsedRows: 3, transitionRows: 4 });
    const line = { device: 'sw-a', facility: 'PKI', mnemonic: 'NEW', why: 'unknown-mnemonic' };
    for (const [receivedAt, raws] of [
      [T0, ['a', 'b']],
      [T0 + 1, ['c', 'd', 'e']],
    ] as const)
      await writeBatch(store, {
        ...noRows,
        devices: [],
        now: T0,
        unparsed: raws.map((raw) => ({ ...line, receivedAt, raw })),
      });
    const first = await store.unparsed({ limit: 2 });
    const rest = await store.unparsed({ limit: 2, after: first.next ?? '' });
    t.strictSame(
      [...first.rows, ...rest.rows].map(({ raw }) => raw),
      ['e', 'd', 'c'],
    );
    t.equal(rest.next, null);
    for (const key of ['sw-a', 'sw-b', 'sw-c'])
      await commit(store, observation(key, 0, callHome), observation(key, 1), observation(key, 2, restored));
    const histories = await Promise.all(['sw-a', 'sw-b', 'sw-c'].map((key) => store.transitions(key, 1)));
    t.strictSame(
      histories.map((rows) => rows.map(({ type }) => type)),
      [[], ['IncidentSuspected', 'IncidentRecovering'], ['IncidentSuspected', 'IncidentRecovering']],
    );
  });

  t.test(`${name}.forget() deletes everything about a device, and nothing about others`, async (t) => {
    const store = await open(t, { devices: 2 });
    for (const key of ['sw-a', 'sw-b'])
      await commit(
        store,
        ...[observation(key, 0, callHome), observation(key, 1), observation(key, 2, restored)],
        ...[observation(key, 240, callHome), observation(key, 241)],
      );
    await writeBatch(store, { ...noRows, devices: [], now: T0, notes: [noteOf('sw-a', 1), noteOf('sw-b', 1)] });
    const slow = await batchOf(store, [observation('sw-a', 242)]);
    t.equal(await store.capacityFor(9), 0, 'both have incidents');
    await store.forget(['sw-a', 'sw-none'], T0);
    t.equal(await store.capacityFor(9), 1);
    t.same(await keysOf(store), ['sw-b']);
    t.same(
      (await store.incidents({ limit: 9 })).rows.map(({ id }) => id),
      ['qv-sw-b-1', 'qv-sw-b-2'],
    );
    for (const ordinal of [1, 2, 3]) {
      t.same(await store.evidence('sw-a', ordinal), []);
      t.same(await store.transitions('sw-a', ordinal), []);
      t.same(await store.notes('sw-a', ordinal), []);
    }
    t.same(await store.aliases(['sw-a']), new Map());
    t.same([(await store.evidence('sw-b', 1)).length, (await store.notes('sw-b', 1)).length], [3, 1]);
    await t.rejects(writeBatch(store, slow), /another version/, 'a device that was forgotten meanwhile is not written');
    await commit(store, observation('sw-a', 242, callHome), observation('sw-a', 243));
    t.match(await store.incident('qv-sw-a-1'), { state: 'suspected', evidence: 2 }, 'and the device begins anew');
  });

  t.test(`${name}.commit() merges nothing of a batch that was decided on another version`, async (t) => {
    const store = await open(t);
    await commit(store, observation(null, 0, callHome, { peer: '192.0.2.8' }));
    const slow = await batchOf(store, [observation('sw-a', 2, {}, { peer: '192.0.2.8' })]);
    await commit(store, observation(null, 1, {}, { peer: '192.0.2.8' }));
    await t.rejects(writeBatch(store, slow), /another version than the store of 192.0.2.8/);
    t.equal((await store.load(['192.0.2.8'])).get('192.0.2.8')?.messages, 2);
    t.same(await store.aliases(['sw-a']), new Map());
  });
}
