/** Instances whose own clocks are wrong decide by that of PostgreSQL. */
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { BODIES, HOUR, temporaryDirectory } from '../given.ts';
import { newDatabase, query, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { get, incidentsOf, metric, type Running, running, until } from './running.ts';

const skip = { skip: skipWithoutPostgres };
const MINUTE = 60_000;
const correlation = { ...defaults.correlation, holdTime: '30m' };

type Changes = { changes: { at: string; type: string; reason: string }[] };

/** A service whose machine has a wrong clock, which a test moves. `asked`: the times by which it has looked for deadlines. */
async function started(t: Test, store: string, instance: string, wrong: number) {
  const clock = { wrong };
  const service = await running(
    t,
    { store, instance, correlation, data: temporaryDirectory(t) },
    { wall: () => Date.now() + clock.wrong },
  );
  const asked: number[] = [];
  const due = service.store.due.bind(service.store);
  service.store.due = (now, ...more) => {
    asked.push(now);
    return due(now, ...more);
  };
  return { ...service, clock, asked };
}
type Started = Awaited<ReturnType<typeof started>>;

let counter = 0;
async function say({ addresses }: Running, device: string, ...bodies: readonly string[]) {
  const sender = await openSender('tcp', { host: '127.0.0.1', port: addresses.tcp?.port ?? 0 });
  for (const body of bodies) await sender.line(Buffer.from(`<187>${++counter}: ${device}: ${body}`));
  await sender.end();
}

const inState = ({ api }: Running, device: string, state: string) =>
  until(
    () => incidentsOf(api),
    (all) => all.some((incident) => incident.device === device && incident.state === state),
  );
const ready = async ({ api }: Running) => {
  const answer = await fetch(`${api}/readyz`);
  return { status: answer.status, text: await answer.text() };
};
/** Some more looks for deadlines, by each instance. */
const looks = async (all: readonly Started[]) => {
  for (const { asked } of all) {
    const before = asked.length;
    await until(
      async () => asked.length,
      (count) => count >= before + 3,
    );
  }
};

t.test('clocks that are an hour off, and a step under load, end no incident early', skip, async (t) => {
  const url = await newDatabase();
  const before = Date.now();
  const [a, b, right] = await Promise.all([
    started(t, url, 'plant-a', HOUR),
    started(t, url, 'plant-b', -HOUR),
    started(t, await newDatabase(), 'alone', 0),
  ]);
  const all = [a, b] as const;
  /** Lines of a device that two instances receive in turn, and the same of another one by the instance with the right clock. */
  const story = async (device: string, change: () => void) => {
    await say(b, device, BODIES.callHome205);
    await say(a, device, BODIES.commFailed);
    await say(b, device, BODIES.crlSla);
    await inState(a, device, 'confirmed');
    change();
    await say(b, device, BODIES.commRestored);
    await inState(a, device, 'recovering');
    await looks(all);
    await say(right, device, BODIES.callHome205, BODIES.commFailed, BODIES.crlSla);
    await inState(right, device, 'confirmed');
    await say(right, device, BODIES.commRestored);
    await inState(right, device, 'recovering');
  };
  await story('sw-a', () => {});
  await story('sw-b', () => {
    for (const { clock } of all) clock.wrong += 5 * MINUTE;
  });
  const told = async ({ api }: Running) =>
    (await incidentsOf(api)).map(({ id, device, state, severity, score, evidence }) =>
      JSON.stringify({ id, device, state, severity, score, evidence }),
    );
  t.strictSame((await told(a)).sort(), (await told(right)).sort(), 'the incidents are those of right clocks');
  const [first, last] = [before - 1000, Date.now() + 1000];
  for (const [device, service] of ['sw-a', 'sw-b'].flatMap((name) => all.map((of) => [name, of] as const))) {
    const { changes } = await get<Changes>(`${service.api}/api/v1/incidents/qv-${device}-1`);
    const { changes: wanted } = await get<Changes>(`${right.api}/api/v1/incidents/qv-${device}-1`);
    t.strictSame(
      changes.map(({ type, reason }) => [type, reason]),
      wanted.map(({ type, reason }) => [type, reason]),
    );
    for (const { at, type } of changes) t.ok(Date.parse(at) >= first && Date.parse(at) <= last, `${type} ${at}`);
  }
  for (const { asked } of all) t.ok(asked.every((at) => at >= first && at <= Date.now() + 1000));
  const sql = 'SELECT min(last_seen) AS first, max(last_seen) AS last FROM device';
  const [seen] = (await query(url, sql)).rows;
  t.ok(seen.first >= first && seen.last <= last, 'no line was received at another time');
});

t.test('a clock that is beyond 5 s makes the instance not ready, until it is right again', skip, async (t) => {
  const service = await started(t, await newDatabase(), 'plant-a', -HOUR);
  const told = await ready(service);
  t.match(told, {
    status: 503,
    text: /the clock of this machine is 3600 s behind that of PostgreSQL: let NTP set both/,
  });
  t.match(
    service.logged.filter(({ msg }) => `${msg}`.includes('that of PostgreSQL')),
    [{ offsetSeconds: Number, msg: /3600 s behind/ }],
  );
  const offset = () => metric(service.api, 'quovadis_clock_offset_seconds');
  t.equal(Math.round(await offset()), 3600);
  service.clock.wrong = 0;
  t.match(await ready(service), { status: 200 });
  t.equal(Math.round(await offset()), 0);
  service.clock.wrong = 6000;
  t.match(await ready(service), { status: 503, text: /6 s ahead of that of PostgreSQL/ });
});

t.test('with a database of its own no clock is compared', async (t) => {
  const service = await running(t, {}, { wall: () => Date.now() - HOUR });
  t.match(await ready(service), { status: 200 });
  const text = await (await fetch(`${service.api}/metrics`)).text();
  t.notMatch(text, /^quovadis_clock_offset_seconds /m);
});
