/** Several instances on one database decide as one would: no line counts twice, and none is lost. */
import t, { type Test } from 'tap';
import type { Announcement } from '../../../src/core/announce/notice.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { postgresEngine } from '../../../src/store/open-store.ts';
import type { Duty } from '../../../src/store/ports/alert-log.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, T0 } from '../../given.ts';
import { Random } from '../../simulation/random.ts';
import { commitObservations, noRows, writeBatch } from '../stores.ts';
import { callHome, observation, proof, restored } from '../written.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const seed = Number(process.env['SEED'] ?? 72298);
const projection = projectionOf(advisory);

/** A machine that is busy with other tests is not a server that hangs. */
const deadlines = { statementMs: 300_000, lockMs: 300_000, idleMs: 300_000, answerMs: 300_000 };

async function instances(t: Test, count: number): Promise<{ url: string; all: Store[] }> {
  const url = await newDatabase();
  const all: Store[] = [];
  for (let at = 0; at < count; at++)
    all.push(await postgresEngine({ url, instance: `instance-${at}`, deadlines }).open(projection, 'write'));
  t.teardown(() => Promise.all(all.map((store) => store.close())));
  return { url, all };
}

/** Some hours of a few devices, in order; the numbers say which lines are the same. */
function history(random: Random): Observation[] {
  const lines: Observation[] = [];
  for (let hour = 0; hour < 12; hour++)
    for (const device of ['sw-a', 'sw-b', 'sw-c', 'sw-d'])
      lines.push(
        observation(device, hour + lines.length / 1000, {
          ...random.pick([callHome, {}, proof, restored]),
          ...{ fingerprint: lines.length, sequence: lines.length },
        }),
      );
  return lines;
}

/** What was decided, without the numbers that an order of commits gives. */
async function outcome(store: Store) {
  const { rows } = await store.incidents({ sort: 'device', limit: 500 });
  return Promise.all(
    rows.map(async ({ changedAt: _, ...incident }) => ({
      incident,
      changes: (await store.transitions(incident.device, 1)).map(({ type, at, reason }) => [type, at, reason]),
      lines: (await store.evidence(incident.device, 1)).map(({ at, mnemonic }) => [at, mnemonic]),
    })),
  );
}

const skip = { skip: skipWithoutPostgres };

t.test('two instances that are dealt the devices decide as one', skip, async (t) => {
  t.comment(`seed ${seed}`);
  const lines = history(new Random(seed));
  const [one] = (await instances(t, 1)).all as [Store];
  for (const line of lines) await commitObservations(one, [line]);
  const { all } = await instances(t, 2);
  const ofInstance = (at: number) => lines.filter(({ names }) => (names.origin ?? '') < 'sw-c' === (at === 0));
  await Promise.all(
    all.map(async (store, at) => {
      for (const line of ofInstance(at)) await commitObservations(store, [line]);
    }),
  );
  const wanted = await outcome(one);
  t.ok(wanted.length > 0);
  for (const store of all) t.strictSame(await outcome(store), wanted);
});

t.test('two instances that get every line at the same time count it once', skip, async (t) => {
  t.comment(`seed ${seed}`);
  const lines = history(new Random(seed + 1));
  const [one] = (await instances(t, 1)).all as [Store];
  for (const line of lines) await commitObservations(one, [line]);
  const { all } = await instances(t, 2);
  for (const line of lines) await Promise.all(all.map((store) => commitObservations(store, [line])));
  for (const store of all) t.strictSame(await outcome(store), await outcome(one));
  const [device] = (await (all[0] as Store).load(['sw-a'])).values();
  t.equal(device?.messages, (await one.load(['sw-a'])).get('sw-a')?.messages);
});

t.test('lines that reach two instances with two counters, twice each, count as by one', skip, async (t) => {
  t.comment(`seed ${seed}`);
  const lines = history(new Random(seed + 2)).flatMap((line) => [line, line]);
  const received = (way: string, from: number) =>
    lines.map((line, at) => ({ ...line, event: { ...line.event, way, counter: from + at } }));
  const [one] = (await instances(t, 1)).all as [Store];
  for (const line of received('a udp', 0)) await commitObservations(one, [line]);
  const { all } = await instances(t, 2);
  const ways = [received('a udp', 0), received('b udp', 90_000)];
  await Promise.all(
    all.map(async (store, at) => {
      for (const line of ways[at] ?? []) await commitObservations(store, [line]);
    }),
  );
  for (const store of all) t.strictSame(await outcome(store), await outcome(one));
  for (const device of ['sw-a', 'sw-d'])
    t.equal(
      (await (all[0] as Store).load([device])).get(device)?.messages,
      (await one.load([device])).get(device)?.messages,
    );
});

t.test('instances that make the same new devices at once make each once', skip, async (t) => {
  const { url, all } = await instances(t, 3);
  const devices = Array.from({ length: 40 }, (_, at) => `sw-${at}`);
  const lines = devices.map((device) => observation(device, 0, callHome));
  await Promise.all(all.map((store, at) => commitObservations(store, at % 2 === 0 ? lines : [...lines].reverse())));
  const rows = async (sql: string) => (await query(url, sql)).rows[0].count;
  t.equal(await rows('SELECT count(*)::int AS count FROM device'), devices.length);
  t.equal(await rows('SELECT count(*)::int AS count FROM key_lock'), 0, 'nothing is left of the claims');
  t.equal(await rows('SELECT sum(n)::int AS count FROM turn'), 3, 'each had one turn');
  await writeBatch(all[0] as Store, { ...noRows, devices: [], now: T0 });
  t.equal(await rows('SELECT sum(n)::int AS count FROM turn'), 3, 'what writes nothing is none');
});

t.test('a notice that one instance delivers is not given to another one, which cannot settle it', skip, async (t) => {
  const { url, all } = await instances(t, 2);
  const [a, b] = all as [Store, Store];
  const announcement: Announcement = {
    ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null, pid: null },
    ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: '', record: null },
    ...{ disposition: null, serial: null, release: null },
  };
  await writeBatch(a, { ...noRows, devices: [], now: T0, notices: [{ announcement, sinks: ['hook'] }] });
  const [notice] = await a.outbox.due('hook', T0, 9);
  t.strictSame(await b.outbox.due('hook', T0, 9), []);
  const seq = notice?.seq ?? 0;
  await b.outbox.settle(seq, { result: 'delivered' }, T0);
  t.equal((await a.outbox.list({ limit: 9 })).rows.length, 1, 'it is still there');
  t.equal((await a.outbox.due('hook', T0, 9)).length, 1, 'whoever has claimed it may ask again');
  await query(url, 'UPDATE notice SET claimed_until = now()');
  t.equal((await b.outbox.due('hook', T0, 9)).length, 1, 'the claim has run out');
  await a.outbox.settle(seq, { result: 'dead', error: 'late' }, T0);
  await b.outbox.settle(seq, { result: 'delivered' }, T0);
  t.equal((await a.outbox.delivered({ limit: 9 })).rows.length, 1);
});

t.test('a commit goes on after the server has ended its connections', skip, async (t) => {
  const { url, all } = await instances(t, 1);
  const [store] = all as [Store];
  await commitObservations(store, [observation('sw-a', 0, callHome)]);
  await query(
    url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  // The connection may tell it only to the next statement.
  const line = observation('sw-a', 1);
  await commitObservations(store, [line]).catch((error) => {
    t.match(error, { code: 'QVW_DATABASE_FAILED', retryable: true });
    return commitObservations(store, [line]);
  });
  t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 2);
});

t.test('the duty of a sink is of one instance until it leaves or is silent', skip, async (t) => {
  const { url, all } = await instances(t, 2);
  const [a, b] = all.map((store) => store.alerts.duty) as [Duty, Duty];
  t.ok((await a.take('am')) > 0);
  t.equal(await b.take('am'), 0);
  t.ok((await b.take('other')) > 0, 'each sink has its own');
  t.ok((await a.take('am')) > 0, 'renewed');
  await query(url, "UPDATE duty SET until = now() WHERE name = 'sink am'");
  t.ok((await b.take('am')) > 0, 'it has run out');
  t.equal(await a.take('am'), 0);
  await b.leave('am');
  t.ok((await a.take('am')) > 0);
});
