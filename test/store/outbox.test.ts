/** The contract of the outbox and the alert log, tested with every store. */

import t from 'tap';
import type { Announcement } from '../../src/core/announce/notice.ts';
import { advanceTime, correlate } from '../../src/core/correlate/correlate.ts';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { SERIES_HELD_MS } from '../../src/core/fleet/device-series.ts';
import type { Device } from '../../src/core/model/device.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { AlertedIncident } from '../../src/store/ports/alert-log.ts';
import type { Batch } from '../../src/store/ports/batch.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, DAY, event, HOUR, observed, T0 } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { dueIn, stores, writeBatch } from './stores.ts';

const nothing: Batch = {
  ...{ devices: [], past: [], changes: [], evidence: [], merges: [], aliases: new Map() },
  ...{ unparsed: [], notes: [], notices: [], now: T0 },
};

function of(device: string, text = ''): Announcement {
  return {
    ...{ type: 'incident.opened', incident: `qv-${device}-1`, device, plant: null, at: T0, from: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text, record: null },
    ...{ disposition: null, pid: null, serial: null, release: null },
  };
}

const announce = (store: Store, announcements: readonly Announcement[], sinks = ['a'], now = T0) =>
  writeBatch(store, { ...nothing, notices: announcements.map((announcement) => ({ announcement, sinks })), now });

const shown = async (store: Store, sink = 'a', now = T0) =>
  (await store.outbox.due(sink, now, 99)).map(({ announcement }) => `${announcement.device}${announcement.text}`);

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.outbox gives a notice the same id at all sinks, and each sink its own row`, async (t) => {
    const store = await open(t);
    await announce(store, [of('sw-a'), of('sw-b')], ['a', 'b']);
    const [a, b] = [await store.outbox.due('a', T0, 9), await store.outbox.due('b', T0, 9)];
    t.same(
      a.map(({ id }) => id),
      b.map(({ id }) => id),
    );
    t.equal(new Set(a.map(({ id }) => id)).size, 2);
    t.match(a[0], { sink: 'a', state: 'pending', attempts: 0, createdAt: T0, nextAt: T0, error: null });
    t.same(a[0]?.announcement, of('sw-a'));
    await store.outbox.settle(a[0]?.seq ?? 0, { result: 'delivered' }, T0);
    t.same(await shown(store), ['sw-b']);
    t.same(await shown(store, 'b'), ['sw-a', 'sw-b'], 'a delivery to one sink does not count for the other sink');
  });

  t.test(`${name}: a clock that was ahead lets no notice wait longer than it would have`, async (t) => {
    const store = await open(t);
    const ahead = T0 + 20 * HOUR;
    const tried = async (device: string, createdAt: number, nextAt: number) => {
      await announce(store, [of(device)], ['a'], createdAt);
      const due = await store.outbox.due('a', createdAt, 99);
      const { seq = 0 } = due.find(({ announcement }) => announcement.device === device) ?? {};
      await store.outbox.settle(seq, { result: 'failed', nextAt, error: 'HTTP 500' }, createdAt);
    };
    await tried('sw-before', T0, T0 + 5 * HOUR);
    await tried('sw-meanwhile', T0 - HOUR, ahead + 10_000);
    await tried('sw-ahead', ahead, ahead + 5000);
    await tried('sw-far', T0, T0 + 40 * HOUR);
    await store.markBeyond(T0, 0);
    t.same((await shown(store)).sort(), ['sw-ahead', 'sw-far'], 'at a start only what cannot be is due');
    t.same(await shown(store, 'a', T0 + 5 * HOUR - 1), await shown(store), 'a pause that was asked for stays');
    await store.markBeyond(T0, 20 * HOUR);
    t.same((await shown(store)).sort(), ['sw-ahead', 'sw-before', 'sw-far'], 'after 20 hours back');
    t.equal((await shown(store, 'a', T0 + 10_000)).length, 4, 'one that was tried meanwhile waits its 10 s');
    t.equal((await shown(store, 'a', T0 + 9999)).length, 3);
  });

  t.test(`${name}.outbox gives the notices of an incident one after the other`, async (t) => {
    const store = await open(t);
    await announce(store, [of('sw-a', '1'), of('sw-a', '2'), of('sw-b', '1')]);
    await announce(store, [of('sw-a', '3')]);
    t.same(await shown(store), ['sw-a1', 'sw-b1']);
    const [first] = await store.outbox.due('a', T0, 1);
    await store.outbox.settle(first?.seq ?? 0, { result: 'failed', nextAt: T0 + 5000, error: 'HTTP 500' }, T0);
    t.same(await shown(store), ['sw-b1'], 'the next one waits with it');
    t.equal(await store.outbox.nextAt('a'), T0);
    t.same(await shown(store, 'a', T0 + 5000), ['sw-b1', 'sw-a1']);
    t.match((await store.outbox.due('a', T0 + 5000, 9))[1], { attempts: 1, error: 'HTTP 500', nextAt: T0 + 5000 });
    await store.outbox.settle(first?.seq ?? 0, { result: 'delivered' }, T0 + 6000);
    t.same(await shown(store, 'a', T0 + 6000), ['sw-b1', 'sw-a2']);
    const second = (await store.outbox.due('a', T0 + 6000, 9))[1];
    await store.outbox.settle(second?.seq ?? 0, { result: 'dead', error: 'gone' }, T0 + 7000);
    t.same(await shown(store, 'a', T0 + 7000), ['sw-b1', 'sw-a3'], 'a dead letter holds up nobody');
    t.equal(await store.outbox.nextAt('none'), null);
  });

  t.test(`${name}.outbox keeps what was delivered, the latest first, of a sink or about a device`, async (t) => {
    const store = await open(t);
    await announce(store, [of('sw-a', '1'), of('sw-b', '1'), of('sw-a', '2')], ['a', 'b']);
    const deliver = async (sink: string, now: number) => {
      const [row] = await store.outbox.due(sink, now, 1);
      await store.outbox.settle(row?.seq ?? 0, { result: 'delivered' }, now);
    };
    const [first] = await store.outbox.due('a', T0, 1);
    await store.outbox.settle(first?.seq ?? 0, { result: 'failed', nextAt: T0 + 1, error: 'HTTP 500' }, T0);
    for (const [index, sink] of ['a', 'b', 'a', 'a', 'b'].entries()) await deliver(sink, T0 + 10 + index);
    const list = async (query: { sink?: string; device?: string; after?: string }, limit = 99) => {
      const { rows, next } = await store.outbox.delivered({ ...query, limit });
      return {
        next,
        rows: rows.map(({ announcement, ...row }) => `${row.sink} ${announcement.device}${announcement.text}`),
      };
    };
    const all = ['b sw-b1', 'a sw-a2', 'a sw-a1', 'b sw-a1', 'a sw-b1'];
    t.strictSame(await list({}), { rows: all, next: null });
    t.strictSame((await list({ sink: 'b' })).rows, ['b sw-b1', 'b sw-a1']);
    t.strictSame((await list({ device: 'sw-a' })).rows, ['a sw-a2', 'a sw-a1', 'b sw-a1']);
    t.strictSame((await list({ device: 'sw-a', sink: 'a' })).rows, ['a sw-a2', 'a sw-a1']);
    const page = await list({}, 2);
    t.strictSame((await list({ after: page.next ?? '' }, 2)).rows, all.slice(2, 4));
    const { rows } = await store.outbox.delivered({ sink: 'a', device: 'sw-a', limit: 9 });
    t.match(rows[1], {
      id: first?.id,
      attempts: 2,
      createdAt: T0,
      deliveredAt: T0 + 12,
      announcement: of('sw-a', '1'),
    });
    t.same((await store.outbox.list({ limit: 99 })).rows.length, 1, 'what was delivered is in no other list');
    await store.forget(['sw-a'], T0);
    t.strictSame((await list({})).rows, ['b sw-b1', 'a sw-b1'], 'a device takes its notices with it');
  });

  t.test(`${name}.outbox keeps dead letters until they are sent again`, async (t) => {
    const store = await open(t);
    await announce(store, [of('sw-a', '1'), of('sw-b', '1')], ['a', 'b']);
    for (const sink of ['a', 'b']) {
      for (const { seq } of await store.outbox.due(sink, T0, 9)) {
        await store.outbox.settle(seq, { result: 'dead', error: 'HTTP 410' }, T0);
      }
    }
    await announce(store, [of('sw-a', '2')]);
    t.same(
      [...(await store.outbox.counts())].sort((x, y) => (x.sink < y.sink ? -1 : 1)),
      [
        { sink: 'a', pending: 1, dead: 2, oldestAt: T0 },
        { sink: 'b', pending: 0, dead: 2, oldestAt: null },
      ],
    );
    const page = await store.outbox.list({ state: 'dead', sink: 'b', limit: 1 });
    matchWhole(t, page, { rows: [{ state: 'dead', attempts: 1, nextAt: null, error: 'HTTP 410' }] });
    t.equal((await store.outbox.list({ state: 'dead', sink: 'b', after: page.next ?? '', limit: 9 })).rows.length, 1);
    const retry = (which: object) => store.outbox.retry({ sinks: ['a', 'c'], ...which }, T0 + HOUR);
    t.same(await retry({ sink: 'a', id: 'nobody' }), { retried: 0, withoutSink: 0 });
    t.same(await retry({ sink: 'b' }), { retried: 0, withoutSink: 2 }, 'nobody would bring them there');
    t.same(await retry({}), { retried: 2, withoutSink: 2 });
    t.same((await shown(store, 'a', T0 + HOUR)).sort(), ['sw-a1', 'sw-a2', 'sw-b1']);
    matchWhole(
      t,
      (await store.outbox.due('a', T0 + HOUR, 9)).map(({ attempts }) => attempts),
      [0, 0, 0],
    );
    t.equal((await store.outbox.list({ state: 'dead', limit: 9 })).rows.length, 2, 'those of the other sink stay');
  });

  t.test(`${name}.outbox makes pending notices of a removed sink dead`, async (t) => {
    const store = await open(t);
    await announce(store, [of('sw-a'), of('sw-a', '2')], ['old', 'a']);
    t.same(await store.outbox.abandon(['a'], T0), [{ sink: 'old', result: 'dead', count: 2 }]);
    t.same(await store.outbox.abandon(['a'], T0), [], 'once');
    t.same(await shown(store), ['sw-a']);
    matchWhole(t, (await store.outbox.list({ sink: 'old', limit: 1 })).rows, [
      { error: 'there is no such sink any more' },
    ]);
  });

  t.test(
    `${name}.outbox is bounded: the oldest pending notices become dead, the oldest dead ones are deleted`,
    async (t) => {
      const store = await open(t);
      const many = (count: number, from: number) => Array.from({ length: count }, (_, n) => of(`sw-${from + n}`));
      await announce(store, many(limits.noticesPending, 0));
      const over = await announce(store, many(3, limits.noticesPending));
      matchWhole(t, over, { droppedNotices: [{ sink: 'a', result: 'dead', count: 3 }] });
      matchWhole(t, (await store.outbox.list({ state: 'dead', limit: 9 })).rows, [
        { announcement: { device: 'sw-0' }, error: 'too many notices waited for this sink' },
        { announcement: { device: 'sw-1' } },
        { announcement: { device: 'sw-2' } },
      ]);
      const flood = await announce(store, many(limits.noticesDead, 2 * limits.noticesPending));
      matchWhole(t, flood, {
        droppedNotices: [
          { sink: 'a', result: 'dead', count: limits.noticesDead },
          { sink: 'a', result: 'dropped', count: 3 },
        ],
      });
      matchWhole(t, await store.outbox.counts(), [{ pending: limits.noticesPending, dead: limits.noticesDead }]);
    },
  );

  t.test(`${name} writes a change and its notices both or not at all`, async (t) => {
    const store = await open(t);
    const known = { devices: await store.load(['sw-a']), aliases: new Map() };
    const batchOf = () => {
      const { devices, copies: _, ...rest } = correlate(known, [event(observed(T0), { origin: 'sw-a' })], advisory);
      return {
        ...nothing,
        ...rest,
        devices: [...devices.values()],
        notices: [{ announcement: of('sw-a'), sinks: ['a'] }],
      };
    };
    const [first, second] = [batchOf(), batchOf()];
    await writeBatch(store, first);
    await t.rejects(writeBatch(store, second), /another version/);
    t.equal((await store.outbox.due('a', T0, 9)).length, 1, 'what was not stored leaves no notice');
  });

  t.test(`${name}.alerts gives open incidents with their plants, and keeps the sent alerts`, async (t) => {
    const store = await open(t);
    await fail(store, 'sw-a', 'P1');
    await fail(store, 'sw-b', null);
    await fail(store, 'sw-c', 'P1', { heals: true });
    const first = await store.alerts.openIncidents({ limit: 1 });
    matchWhole(t, first.rows, [{ record: { id: 'qv-sw-a-1', state: 'suspected' }, plant: 'P1' }]);
    const rest = await store.alerts.openIncidents({ limit: 9, after: first.next ?? '' });
    matchWhole(t, rest, { rows: [{ record: { id: 'qv-sw-b-1' }, plant: null }], next: null });
    matchWhole(t, await store.alerts.openIncidentsOf(['sw-a', 'sw-c', 'sw-none']), [{ record: { device: 'sw-a' } }]);
    matchWhole(t, await store.alerts.incidents(['qv-sw-c-1', 'qv-sw-none-1']), [
      { record: { id: 'qv-sw-c-1' }, plant: 'P1', device: { key: 'sw-c', state: { ordinal: 1 } } },
    ]);
    const [{ device }] = first.rows as [AlertedIncident];
    const whole = (await store.load(['sw-a'])).get('sw-a') as Device;
    t.match(device, { key: 'sw-a', peer: whole.peer, serial: whole.serial, inventory: whole.inventory });
    t.strictSame(device?.state, whole.state, 'with the device as it is loaded');
    const alert = { subject: 'qv-sw-a-1', device: 'sw-a', plant: 'P1', startsAt: T0, endsAt: null } as const;
    await store.alerts.save(
      'am',
      [
        { ...alert, severity: 'warning' },
        { ...alert, severity: 'major' },
      ],
      [],
    );
    await store.alerts.save('am', [{ ...alert, severity: 'warning', endsAt: T0 + 1 }], ['major\tP1\tsw-a']);
    t.same(await store.alerts.sent('am'), [{ ...alert, severity: 'warning', endsAt: T0 + 1 }]);
    t.same(await store.alerts.sent('other'), []);
  });

  t.test(`${name}.series() has the devices that are not ok, and recovered devices for some time`, async (t) => {
    const store = await open(t);
    await fail(store, 'sw-a', 'P1');
    await fail(store, 'sw-b', null);
    await fail(store, 'sw-c', null, { heals: true });
    await list(store, 'sw-d', 'P1');
    const first = await store.series({ now: T0 + 4 * HOUR, limit: 1 });
    matchWhole(t, first.rows, [
      {
        ...{ device: 'sw-a', lastSeenAt: T0 + 36_000 },
        series: { plant: 'P1', condition: 'suspected', severity: 'warning', open: true, graceUntil: null },
      },
    ]);
    const names = async (now: number) => {
      const { rows } = await store.series({ now, limit: 9, after: first.next ?? '' });
      return rows.map(({ device, series }) => `${device} ${Number(series.open)}`);
    };
    t.same(await names(T0 + 2 * HOUR), ['sw-b 1', 'sw-c 0']);
    t.same(await names(T0 + 2 * HOUR + SERIES_HELD_MS), ['sw-b 1']);
    t.match(await store.counts(T0), { grace: { over: 0, days7: 0, bounded: 2 } });
  });

  t.test(`${name}.sources keeps the row with the most lines of each source, and gives it once`, async (t) => {
    const store = await open(t);
    const row = { peer: '192.0.2.1', name: 7, named: true, relay: 0, lines: 5, lastSeenAt: T0, drops: null };
    const numbers = { counter: null, sequence: null };
    await store.sources.save([
      { ...row, ...numbers },
      { ...row, ...numbers, name: 8 },
    ]);
    await store.sources.save([
      { ...row, ...numbers, lines: 4 },
      { ...row, ...numbers, name: 8, lines: 6 },
    ]);
    t.match(await store.sources.find('192.0.2.1', 8), { name: 8, lines: 6 }, 'and shows one without taking it');
    t.equal(await store.sources.find('192.0.2.2', 8), null);
    const kept = await store.sources.takeAll();
    t.same(kept.map(({ name: hash, lines }) => `${hash} ${lines}`).sort(), ['7 5', '8 6']);
    t.same(await store.sources.takeAll(), []);
    t.equal(await store.sources.find('192.0.2.1', 8), null);
  });

  t.test(`${name}.counts() has the failing devices by the time left of their grace`, async (t) => {
    const store = await open(t);
    await say(store, 'sw-a', T0 - 300 * DAY, {
      kind: 'recovery',
      family: null,
      cause: null,
      weight: 0,
      mnemonic: 'COMM_RESTORED',
    });
    await fail(store, 'sw-a', null);
    const left = async (now: number) => {
      const { grace } = await store.counts(now);
      return Object.entries(grace).filter(([, count]) => count > 0);
    };
    t.same(await left(T0), [['days180', 1]], '65 days');
    t.same(await left(T0 + 10 * DAY), [['days60', 1]]);
    t.same(await left(T0 + 60 * DAY), [['days7', 1]]);
    t.same(await left(T0 + 65 * DAY), [['days7', 1]], 'at its last moment');
    t.same(await left(T0 + 66 * DAY), [['over', 1]]);
  });
}

async function say(store: Store, device: string, at: number, over: object = {}): Promise<void> {
  const known = { devices: await store.load([device]), aliases: await store.aliases([device]) };
  const { devices, copies: _, ...rest } = correlate(known, [event(observed(at, over), { origin: device })], advisory);
  await writeBatch(store, { ...nothing, ...rest, devices: [...devices.values()] });
}

async function list(store: Store, hostname: string, plant: string): Promise<void> {
  const row = { hostname, plant, address: null, serial: null, pid: null, release: null, licensing: null };
  const known = { devices: await store.load([hostname]), aliases: await store.aliases([hostname]) };
  const { devices, copies: _, ...rest } = enrol(known, [{ row, columns: ['hostname', 'plant'] }], advisory);
  await writeBatch(store, { ...nothing, ...rest, devices: [...devices.values()] });
}

/** Opens an incident at `T0`. `heals`: it is resolved two hours later. */
async function fail(store: Store, device: string, plant: string | null, { heals = false } = {}): Promise<void> {
  if (plant !== null) await list(store, device, plant);
  await say(store, device, T0, { mnemonic: 'SL_MESSAGE_FAILED', family: 'call-home', weight: 2, cause: 'transport' });
  await say(store, device, T0 + 36_000);
  if (!heals) return;
  await say(store, device, T0 + HOUR, {
    kind: 'recovery',
    family: null,
    cause: null,
    weight: 0,
    mnemonic: 'COMM_RESTORED',
  });
  const {
    devices,
    copies: _,
    ...rest
  } = advanceTime(await dueIn(store, T0 + 2 * HOUR, 9), () => T0 + 2 * HOUR, advisory);
  await writeBatch(store, { ...nothing, ...rest, devices: [...devices.values()] });
}
