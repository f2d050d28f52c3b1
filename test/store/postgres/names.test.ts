/** A name of an instance has one process: what another one that had it does afterwards is not stored. */
import pg from 'pg';
import t, { type Test } from 'tap';
import type { Announcement } from '../../../src/core/announce/notice.ts';
import { openPostgres } from '../../../src/store/postgres/open.ts';
import type { PostgresStore } from '../../../src/store/postgres/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, T0 } from '../../given.ts';
import { commitObservations, noRows, writeBatch } from '../stores.ts';
import { callHome, observation } from '../written.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
const deadlines = { statementMs: 300_000, lockMs: 300_000, idleMs: 300_000, answerMs: 300_000 };
/** Never heard of again after the start: as a process that stands still. */
const silent = { everyMs: 3_600_000, leaseMs: 1 };

async function serving(t: Test, url: string, instance = 'plant-a', beats = silent, of = projection) {
  const store = await openPostgres(url, of, { instance, access: 'service', deadlines, beats });
  t.teardown(() => store.close());
  return store;
}

const announcement: Announcement = {
  ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null, pid: null },
  ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: '', record: null },
  ...{ disposition: null, serial: null, release: null },
};
const gap = { peer: '192.0.2.7', name: 1, from: T0, to: T0 + 1, lost: 1, atMost: false };
const alert = { device: 'sw-a', plant: null, severity: 'major' } as never;
const seen = { peer: '192.0.2.7', name: 1, lines: 5, lastSeenAt: T0 } as never;

/** Everything of a store that writes. `seq`: a notice that this process had claimed. */
const WRITES: Record<string, (store: PostgresStore, seq: number) => Promise<unknown>> = {
  commit: (store) => commitObservations(store, [observation('sw-new', 1, callHome)]),
  'an empty commit': (store) => commitObservations(store, []),
  due: (store) => store.due(T0 + 1e12, 9, () => ({ ...noRows, devices: [], now: T0 })),
  forget: (store) => store.forget(['sw-a'], T0),
  moveRetention: (store) => store.moveRetention(T0, 1),
  retain: (store) => store.retain({ incidentsMs: 1, evidenceMs: 1, transitionsMs: 1, unparsedMs: 1 }),
  markBeyond: (store) => store.markBeyond(T0 - 1e12, 0),
  bringMembersOver: (store) => store.bringMembersOver(),
  'outbox.due': (store) => store.outbox.due('hook', T0, 9),
  'outbox.settle': (store, seq) => store.outbox.settle(seq, { result: 'delivered' }, T0),
  'outbox.retry': (store) => store.outbox.retry({ sinks: ['hook'] }, T0),
  'outbox.abandon': (store) => store.outbox.abandon([], T0),
  'alerts.duty.take': (store) => store.alerts.duty.take('am'),
  'alerts.save': (store) => store.alerts.save('am', [alert], []),
  'gaps.add': (store) => store.gaps.add([gap]),
  'sources.save': (store) => store.sources.save([seen]),
  'sources.takeAll': (store) => store.sources.takeAll(),
  'receivers.tell': (store) => store.sources.receivers.tell([seen]),
};

/** Every row of the database but that of the instance, which its process says that it is there by. */
async function rowsOf(url: string): Promise<string[]> {
  const tables = `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`;
  const names = (await query(url, tables)).rows.map(({ relname }) => relname as string);
  const rows = await Promise.all(
    names
      .filter((name) => name !== 'peer_instance')
      .map(
        async (name) => (await query(url, `SELECT '${name} ' || of::text AS row FROM ${name} AS of ORDER BY 1`)).rows,
      ),
  );
  return rows.flat().map(({ row }) => row);
}

t.test('nothing is stored of a process whose name another one has taken', skip, async (t) => {
  const url = await newDatabase();
  const former = await serving(t, url);
  await commitObservations(former, [observation('sw-a', 0, callHome)]);
  const notices = [{ announcement, sinks: ['hook'] }];
  await writeBatch(former, { ...noRows, devices: [], now: T0, notices });
  const [notice] = await former.outbox.due('hook', T0, 9);
  t.ok(notice);
  const present = await serving(t, url);
  const before = await rowsOf(url);
  for (const [what, write] of Object.entries(WRITES))
    await t.rejects(
      write(former, notice?.seq ?? 0),
      { code: 'QVW_REFUSED', message: /^another process has taken the instance name "plant-a", as nothing was heard/ },
      what,
    );
  t.strictSame(await rowsOf(url), before);
  await t.rejects(former.ping(), { code: 'QVW_REFUSED' }, 'it is not ready');
  for (const [what, write] of Object.entries(WRITES)) await t.resolves(write(present, notice?.seq ?? 0), what);
  t.notSame(await rowsOf(url), before);
});

t.test('who takes a name waits for what its former process is storing', skip, async (t) => {
  const url = await newDatabase();
  const former = await serving(t, url);
  await commitObservations(former, [observation('sw-a', 0, callHome)]);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  t.teardown(() => holder.end());
  await holder.query('BEGIN; SELECT 1 FROM device FOR UPDATE');
  const waiting = async (count: number) => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while ((await query(url, sql)).rows.length < count);
  };
  const stored = commitObservations(former, [observation('sw-a', 1)]);
  await waiting(1);
  const taken = serving(t, url);
  await waiting(2);
  await holder.query('COMMIT');
  await stored;
  const present = await taken;
  t.equal((await present.load(['sw-a'])).get('sw-a')?.messages, 2);
  await t.rejects(commitObservations(former, [observation('sw-a', 2)]), { code: 'QVW_REFUSED' });
});

t.test('the duty of a sink is of the process, and not of its name', skip, async (t) => {
  const url = await newDatabase();
  const former = await serving(t, url);
  t.ok((await former.alerts.duty.take('am')) > 0);
  const present = await serving(t, url);
  t.equal(await present.alerts.duty.take('am'), 0, 'the former one may be telling it at this moment');
  await query(url, 'UPDATE duty SET until = clock_timestamp()');
  t.ok((await present.alerts.duty.take('am')) > 0);
  await t.rejects(former.alerts.duty.take('am'), { code: 'QVW_REFUSED' });
});

t.test('a row that somebody has deleted is made again, unless another process has made it', skip, async (t) => {
  const url = await newDatabase();
  const store = await serving(t, url);
  const processes = async () => (await query(url, 'SELECT process FROM peer_instance')).rows.map((row) => row.process);
  const own = await processes();
  await query(url, 'DELETE FROM peer_instance');
  await commitObservations(store, [observation('sw-a', 0, callHome)]);
  t.strictSame(await processes(), own);
  await store.ping();
  await query(url, 'DELETE FROM peer_instance');
  const other = await serving(t, url);
  await t.rejects(commitObservations(store, [observation('sw-a', 1)]), { code: 'QVW_REFUSED' });
  await commitObservations(other, [observation('sw-a', 1)]);
  t.equal((await other.load(['sw-a'])).get('sw-a')?.messages, 2);
});

t.test('a row that was deleted is made again by the next beat, and a process that is left ends', skip, async (t) => {
  const url = await newDatabase();
  const store = await serving(t, url, 'plant-a', { everyMs: 10, leaseMs: 60_000 });
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
  const count = async () => (await query(url, 'SELECT 1 FROM peer_instance')).rowCount;
  await query(url, 'DELETE FROM peer_instance');
  while ((await count()) === 0);
  await store.ping();
  await query(url, "UPDATE peer_instance SET process = 'another'");
  const lost = async (): Promise<unknown> => store.ping().then(lost, (error) => error);
  t.match(await lost(), { code: 'QVW_REFUSED', message: /another process has taken the instance name "plant-a"/ });
});

t.test('of instances that start at once with two advisories, all that start have the same', skip, async (t) => {
  const url = await newDatabase();
  await (await openPostgres(url, projection, { instance: 'x' })).close();
  const other = projectionOf({ ...advisory, name: 'another-advisory version 1' });
  const beats = { everyMs: 3_600_000, leaseMs: 3_600_000 };
  for (let round = 0; round < 5; round++) {
    const open = (of: typeof projection, name: string) =>
      openPostgres(url, of, { instance: name, access: 'service', deadlines, beats });
    const starts = Array.from({ length: 6 }, (_, at) => open(at % 2 === 0 ? projection : other, `plant-${at}`));
    const ends = await Promise.allSettled(starts);
    const { rows } = await query(url, 'SELECT DISTINCT advisory FROM peer_instance');
    t.equal(rows.length, 1);
    for (const end of ends)
      if (end.status === 'fulfilled') await end.value.close();
      else t.match(end.reason, { code: 'QVW_REFUSED', message: /judges by .* give all the same advisory/ });
    t.equal(ends.filter(({ status }) => status === 'fulfilled').length, 3);
  }
});

t.test(
  'instances that judge otherwise under the same name of the advisory are refused, and commands beside them',
  skip,
  async (t) => {
    const url = await newDatabase();
    const beats = { everyMs: 3_600_000, leaseMs: 3_600_000 };
    const store = await serving(t, url, 'plant-a', beats);
    const { correlation, thresholds } = advisory;
    const hold = projectionOf({ ...advisory, correlation: { ...correlation, holdTimeMs: 60_000 } });
    const score = projectionOf({ ...advisory, thresholds: { ...thresholds, confirmed: { score: 50 } } });
    const onlyHold =
      /^instance "plant-a" judges by holdTime \w+, and this one by holdTime 1m: give all the same advisory and the same `correlation`/;
    const onlyContent = /^instance "plant-a" judges by content \w{12}, and this one by content \w{12}: give/;
    for (const [other, message] of [
      [hold, onlyHold],
      [score, onlyContent],
    ] as const) {
      const refused = { code: 'QVW_REFUSED', message };
      await t.rejects(serving(t, url, 'plant-b', beats, other), refused);
      await t.rejects(openPostgres(url, other, { instance: 'x', access: 'command', deadlines, beats }), refused);
      await t.rejects(
        store.others.judgeBy(other.judgment()).then(() => serving(t, url, 'plant-b', beats)),
        {
          code: 'QVW_REFUSED',
          message: /^instance "plant-a" judges by /,
        },
      );
      await store.others.judgeBy(projection.judgment());
    }
    await (await openPostgres(url, projection, { instance: 'x', access: 'command', deadlines, beats })).close();
    await (await openPostgres(url, hold, { instance: 'command', access: 'read', deadlines, beats })).close();
    const mended = projectionOf({
      ...advisory,
      title: 'Another title',
      remediation: { ...advisory.remediation, upgrade: 'x' },
    });
    t.equal(mended.judgment(), projection.judgment(), 'a version may have other texts beside the one before');
  },
);

t.test('others.judgeBy() refuses another advisory beside others, and takes it alone', skip, async (t) => {
  const url = await newDatabase();
  const beats = { everyMs: 3_600_000, leaseMs: 3_600_000 };
  const store = await serving(t, url, 'plant-a', beats);
  const beside = await serving(t, url, 'plant-b', beats);
  const of = async () =>
    (await query(url, 'SELECT advisory FROM peer_instance ORDER BY instance')).rows.map(({ advisory }) => advisory);
  const before = await of();
  await t.rejects(store.others.judgeBy('another version 1'), {
    code: 'QVW_REFUSED',
    message: /^instance "plant-b" judges by .*, and this one by another version 1: give all the same advisory/,
  });
  t.strictSame(await of(), before);
  await beside.close();
  await store.others.judgeBy('another version 1');
  t.strictSame(await of(), ['another version 1']);
  await t.rejects(serving(t, url, 'plant-b', beats), { code: 'QVW_REFUSED' });
});

t.test('a prepared statement whose table has changed its type is prepared anew', skip, async (t) => {
  const url = await newDatabase();
  const store = await serving(t, url);
  const use = async (hour: number) => {
    await commitObservations(store, [observation('sw-a', hour, callHome)]);
    await store.outbox.due('hook', T0, 9);
    await store.outbox.nextAt('hook');
    return store.devicesOf(['sw-a']);
  };
  await use(0);
  for (const [hour, type] of ['varchar', 'text'].entries()) {
    await query(
      url,
      `ALTER TABLE device ALTER COLUMN record TYPE ${type}; ALTER TABLE notice ALTER COLUMN attempts TYPE ${type === 'text' ? 'int4' : 'int8'};
       ALTER TABLE peer_instance ALTER COLUMN process TYPE ${type}`,
    );
    t.match(await use(hour + 1), [{ messages: hour + 2 }]);
  }
});
