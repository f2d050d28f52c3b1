/** The contract of queries, tested with every store. */

import t from 'tap';
import { advanceTime } from '../../src/core/correlate/correlate.ts';
import { nextDeadline } from '../../src/core/correlate/deadlines.ts';
import { limits } from '../../src/core/model/limits.ts';
import { advisory, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { batchOf, stores, writeBatch } from './stores.ts';
import { callHome, commit, observation, restored } from './written.ts';

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
    t.same(await order({ mnemonic: 'COMM_FAILED' }), ['sw-a COMM_FAILED', 'sw-b COMM_FAILED']);
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
}
