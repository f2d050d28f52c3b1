/** The contract of queries, tested with every store. */

import t from 'tap';
import { advanceTime } from '../../src/core/correlate/correlate.ts';
import { nextDeadline } from '../../src/core/correlate/deadlines.ts';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { UNKNOWN } from '../../src/core/model/inventory.ts';
import { limits } from '../../src/core/model/limits.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { MessageQuery, UnparsedFilter } from '../../src/store/ports/queries.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, HOUR, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { Random } from '../simulation/random.ts';
import { batchOf, stores, writeBatch } from './stores.ts';
import { callHome, commit, observation, restored, rowOf } from './written.ts';

/** Enters a device into the inventory. */
async function inPlant(store: Store, device: string, plant: string | null): Promise<void> {
  const { row } = rowOf(device);
  const known = { devices: await store.load([device]), aliases: await store.aliases([device]) };
  const { devices, copies: _, ...rest } = enrol(known, [{ row: { ...row, plant }, columns: ['plant'] }], advisory);
  await writeBatch(store, { ...(await batchOf(store, [])), ...rest, devices: [...devices.values()] });
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.incidents() and devices() give all rows of a filter page by page`, async (t) => {
    const store = await open(t);
    for (const key of ['sw-b', 'sw-a', 'sw-c']) await commit(store, observation(key, 0, callHome), observation(key, 1));
    await commit(store, observation('sw-d', 0));
    const first = await store.incidents({ limit: 2 });
    t.same(
      first.rows.map(({ device }) => device),
      ['sw-a', 'sw-b'],
    );
    const second = await store.incidents({ limit: 2, after: first.next ?? '' });
    t.strictSame([second.rows.map(({ device }) => device), second.next], [['sw-c'], null]);
    t.same((await store.incidents({ limit: 9, device: 'sw-b' })).rows.length, 1);
    t.same((await store.incidents({ limit: 9, state: 'confirmed' })).rows, []);
    const devices = await store.devices({ limit: 3 });
    t.strictSame([devices.rows.map(({ key }) => key), devices.next], [['sw-a', 'sw-b', 'sw-c'], 'sw-c']);
    t.same(
      (await store.devices({ limit: 3, after: 'sw-c' })).rows.map(({ key }) => key),
      ['sw-d'],
    );
    t.same(
      (await store.devices({ limit: 9, condition: 'watching' })).rows.map(({ key }) => key),
      ['sw-d'],
    );
    t.strictSame(await store.counts(T0), {
      incidents: [{ state: 'suspected', severity: 'warning', count: 3 }],
      devices: [
        { condition: 'suspected', count: 3 },
        { condition: 'watching', count: 1 },
      ],
      grace: { over: 0, days7: 0, days30: 0, days60: 0, days180: 0, longer: 0, bounded: 4 },
      recoveryHidden: 0,
      notCounted: 0,
    });
  });

  t.test(
    `${name}.devices({ dueBy }) gives exactly the devices with a deadline by then, or by their own last line`,
    async (t) => {
      const store = await open(t);
      const hours = [0, 30, 60, 90, 5000];
      for (const [index, hour] of hours.entries()) {
        const key = `sw-${index}`;
        await commit(store, observation(key, hour, callHome), observation(key, hour + 1));
      }
      // Time alone changes nothing of this one.
      await commit(store, observation('sw-idle', 0, { ...restored }));
      const { rows } = await store.devices({ limit: 99 });
      const deadlines = new Map(rows.map(({ key, state }) => [key, nextDeadline(state, advisory)?.at ?? null]));
      t.equal(deadlines.get('sw-idle'), null);
      for (const at of [...deadlines.values()].filter((deadline) => deadline !== null)) {
        for (const dueBy of [at - 1, at, Number.NEGATIVE_INFINITY]) {
          const due = rows.filter(({ key, lastSeenAt }) => {
            const deadline = deadlines.get(key) ?? Number.POSITIVE_INFINITY;
            return deadline <= Math.max(lastSeenAt ?? 0, dueBy);
          });
          const found = await store.devices({ limit: 99, dueBy });
          t.strictSame([found.rows.map(({ key }) => key), found.next], [due.map(({ key }) => key), null]);
          const { devices: changed } = advanceTime(
            rows,
            ({ lastSeenAt }) => Math.max(lastSeenAt ?? 0, dueBy),
            advisory,
          );
          const keys = new Set(due.map(({ key }) => key));
          for (const key of changed.keys()) t.ok(keys.has(key), `time alone changes only what is due, as ${key}`);
        }
      }
    },
  );

  t.test(`${name}.incidents() gives exactly the incidents of a state, a severity and a device`, async (t) => {
    const store = await open(t);
    const revocation = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' };
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1), observation('sw-a', 2, revocation));
    await commit(store, observation('sw-b', 0, callHome), observation('sw-b', 1));
    for (const [query, devices] of [
      [{}, ['sw-a', 'sw-b']],
      [{ state: 'confirmed' }, ['sw-a']],
      [{ state: 'suspected' }, ['sw-b']],
      [{ severity: 'major' }, ['sw-a']],
      [{ severity: 'warning' }, ['sw-b']],
      [{ severity: 'critical' }, []],
      [{ device: 'sw-b' }, ['sw-b']],
      [{ device: 'sw-a', severity: 'warning' }, []],
      [{ state: 'suspected', severity: 'major' }, []],
    ] as const) {
      const { rows, next } = await store.incidents({ limit: 9, ...query });
      t.strictSame([rows.map(({ device }) => device).sort(), next], [devices, null], JSON.stringify(query));
    }
  });

  t.test(`${name}.evidence() is bounded: the first and the last lines of each mnemonic`, async (t) => {
    const store = await open(t);
    const flood = Array.from({ length: 50 }, (_, index) => observation('sw-a', index / 50));
    await commit(store, ...flood, observation('sw-a', 1, callHome));
    const rows = await store.evidence('sw-a', 1);
    t.equal(rows.length, limits.evidenceFirst + limits.evidenceLast + 1);
    t.equal(rows[0]?.raw, 'line of COMM_FAILED at 0');
    t.equal((await store.incident('qv-sw-a-1'))?.evidence, 51, 'the incident counts all of them');
  });

  t.test(`${name}.messages(), unparsed() and notes() give the committed rows`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-b', 1), observation('sw-a', 2));
    const order = async (query: object) =>
      (await store.messages({ limit: 9, ...query })).rows.map(({ device, mnemonic }) => `${device} ${mnemonic}`);
    t.same(await order({}), ['sw-a COMM_FAILED', 'sw-b COMM_FAILED', 'sw-a SL_MESSAGE_FAILED']);
    t.same(await order({ device: 'sw-a' }), ['sw-a COMM_FAILED', 'sw-a SL_MESSAGE_FAILED']);
    t.same(await order({ mnemonics: ['COMM_FAILED'] }), ['sw-a COMM_FAILED', 'sw-b COMM_FAILED']);
    const first = await store.messages({ limit: 2 });
    const rest = await store.messages({ limit: 2, after: first.next ?? '' });
    matchWhole(t, [rest.rows, rest.next], [[{ mnemonic: 'SL_MESSAGE_FAILED' }], null]);

    const line = { receivedAt: T0, device: 'sw-a', facility: 'PKI', mnemonic: 'NEW', why: 'unknown-mnemonic' };
    const note = {
      device: 'sw-a',
      ordinal: 1,
      at: T0,
      by: 'kim',
      kind: 'note',
      text: 'seen',
      disposition: null,
    } as const;
    await writeBatch(store, {
      ...(await batchOf(store, [])),
      unparsed: ['a', 'b', 'c'].map((raw) => ({ ...line, raw })),
      notes: [note],
    });
    const latest = await store.unparsed({ limit: 2 });
    matchWhole(t, latest.rows, [{ ...line, raw: 'c' }, { raw: 'b' }]);
    matchWhole(t, await store.unparsed({ limit: 2, after: latest.next ?? '' }), { rows: [{ raw: 'a' }], next: null });
    t.strictSame(await store.notes('sw-a', 1), [note]);
    t.same(await store.notes('sw-b', 1), []);
  });

  t.test(`${name}.messages() pages through exactly the rows of any filter, in their order`, async (t) => {
    const store = await open(t, { devices: 5000 });
    const random = new Random(72298);
    const plants = ['North', 'South', null];
    const devices = Array.from({ length: 12 }, (_, index) => `sw-${index}`);
    const plantOf = (device: string) => plants[Number(device.slice(3)) % 3] ?? null;
    for (const device of devices) await inPlant(store, device, plantOf(device));
    for (let batch = 0; batch < 8; batch++)
      await commit(
        store,
        ...Array.from({ length: 12 }, () =>
          observation(
            random.pick(devices),
            random.below(200),
            random.pick([{}, callHome, { ...callHome, mnemonic: 'CRL_FETCH_FAIL' }]),
          ),
        ),
      );
    const all = (await store.messages({ limit: 500 })).rows;
    t.ok(all.length > 50);
    const hours = (count: number) => T0 + count * HOUR;
    const filters: Partial<MessageQuery>[] = [
      {},
      { device: 'sw-3' },
      { plants: ['North'] },
      { plants: ['North', 'South'] },
      { plants: ['None'] },
      { plants: [UNKNOWN, 'North'] },
      { mnemonics: ['COMM_FAILED'] },
      { mnemonics: ['COMM_FAILED', 'SL_MESSAGE_FAILED', 'NONE'] },
      { from: hours(50) },
      { to: hours(50) },
      { from: hours(50), to: hours(120), plants: ['South'] },
      { device: 'sw-3', mnemonics: ['COMM_FAILED'], from: hours(10) },
      { device: 'sw-3', plants: ['South'] },
      { device: 'sw-3', plants: ['North'], to: hours(150) },
    ];
    for (const filter of filters) {
      const { device, plants: wanted, mnemonics, from, to } = filter;
      const isByTime = mnemonics !== undefined || from !== undefined || to !== undefined;
      const expected = all.filter(
        (row) =>
          (device ?? row.device) === row.device &&
          (wanted?.includes(plantOf(row.device) ?? UNKNOWN) ?? true) &&
          (mnemonics?.includes(row.mnemonic) ?? true) &&
          (from ?? row.at) <= row.at &&
          (to === undefined || row.at < to),
      );
      // The sort is stable, and the rows of one time stay in the order of their receipt.
      if (isByTime) expected.sort((a, b) => b.at - a.at);
      for (const limit of [1, 7, 500]) {
        const found = await everyRow((after) => store.messages({ ...filter, after, limit }));
        t.strictSame(found, expected, `${JSON.stringify(filter)} by ${limit}`);
      }
    }
  });

  t.test(`${name}.unparsed() and unparsedGroups() give way, and find rare lines among thousands`, async (t) => {
    const store = await open(t);
    const lines = Array.from({ length: 4500 }, (_, index) => ({
      ...{
        receivedAt: T0 + index,
        device: `sw-${index % 7}`,
        facility: 'PKI',
        why: 'unknown-mnemonic',
        raw: `${index}`,
      },
      mnemonic: index % 1500 === 3 ? 'RARE' : `M${index % 2}`,
    }));
    await writeBatch(store, { ...(await batchOf(store, [])), unparsed: lines });
    const raws = async (query: object) => (await store.unparsed({ limit: 2, ...query })).rows.map(({ raw }) => raw);
    t.strictSame(await raws({ mnemonics: ['RARE'] }), ['3003', '1503']);
    const { next } = await store.unparsed({ limit: 2, mnemonics: ['RARE'] });
    t.strictSame(await raws({ mnemonics: ['RARE'], after: next ?? '' }), ['3']);
    t.strictSame(await raws({ mnemonics: ['NONE'] }), []);
    const every = await everyRow((after) => store.unparsed({ limit: 500, after }));
    t.strictSame(
      every.map(({ raw }) => raw),
      lines.map(({ raw }) => raw).reverse(),
    );
    t.strictSame(
      (await store.unparsedGroups({})).map(({ mnemonic, count, devices, lastAt, raw }) => [
        ...[mnemonic, count, devices, lastAt - T0, raw],
      ]),
      [
        ['M0', 2250, 7, 4498, '4498'],
        ['M1', 2247, 7, 4499, '4499'],
        ['RARE', 3, 3, 3003, '3003'],
      ],
    );
  });

  t.test(`${name}.unparsed() and unparsedGroups() have exactly the lines of any filter`, async (t) => {
    const store = await open(t);
    const line = (device: string | null, hour: number, mnemonic: string, why = 'unknown-body') => ({
      ...{
        device,
        facility: mnemonic.startsWith('C') ? 'CALL_HOME' : 'PKI',
        mnemonic,
        why,
        raw: `${mnemonic} ${hour}`,
      },
      receivedAt: T0 + hour * HOUR,
    });
    await inPlant(store, 'sw-a', 'North');
    const lines = [
      ...[line('sw-a', 0, 'CX'), line(null, 1, 'PX'), line('sw-b', 2, 'CX'), line('sw-b', 3, 'CX')],
      ...[line('sw-a', 4, 'PX', 'ambiguous'), line('sw-a', 5, 'PY', 'ambiguous')],
    ];
    await writeBatch(store, { ...(await batchOf(store, [])), unparsed: lines });
    const rows: readonly (readonly [filter: UnparsedFilter, hours: readonly number[]])[] = [
      [{}, [5, 4, 3, 2, 1, 0]],
      [{ device: 'sw-b' }, [3, 2]],
      [{ plants: ['North'] }, [5, 4, 0]],
      [{ plants: ['None'] }, []],
      [{ facilities: ['CALL_HOME'] }, [3, 2, 0]],
      [{ mnemonics: ['PX', 'PY'], whys: ['ambiguous'] }, [5, 4]],
      [{ from: T0 + HOUR, to: T0 + 4 * HOUR }, [3, 2, 1]],
    ];
    for (const [filter, hours] of rows) {
      for (const limit of [1, 500]) {
        const found = await everyRow((after) => store.unparsed({ ...filter, after, limit }));
        t.strictSame(
          found,
          hours.map((hour) => lines[hour]),
          JSON.stringify(filter),
        );
      }
      const groups = await store.unparsedGroups(filter);
      t.equal(
        groups.reduce((sum, { count }) => sum + count, 0),
        hours.length,
      );
    }
    const [first, second] = await store.unparsedGroups({});
    const group = { facility: 'CALL_HOME', mnemonic: 'CX', why: 'unknown-body', count: 3, devices: 2 };
    t.strictSame(first, { ...group, lastAt: T0 + 3 * HOUR, raw: 'CX 3' });
    t.match(second, { mnemonic: 'PX', count: 1, why: 'ambiguous' }, 'equal ones by their names');
    t.match((await store.unparsedGroups({ whys: ['unknown-body'] }))[1], { mnemonic: 'PX', devices: 0 });
  });
}
