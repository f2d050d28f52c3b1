/** Two instances of the service on one PostgreSQL: each shows, tells and accepts the same. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { inspectDatabase } from '../../src/store/open-store.ts';
import { version } from '../../src/version.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { newDatabase, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { get, incidentsOf, metric, type Running, running, until } from './running.ts';

/** A device that numbers its lines for each collector. */
async function say({ addresses }: Running, counter: number, ...bodies: readonly string[]) {
  const { host, port } = addresses.udp as { host: string; port: number };
  const sender = await openSender('udp', { host, port });
  for (const [index, body] of bodies.entries())
    await sender.line(Buffer.from(`<187>${counter + index}: sw-a: Mar  1 18:46:11.123: ${body}`));
  await sender.end();
}

const changesIn = ({ logged }: Running) =>
  logged.flatMap(({ msg, change, instance }) => (msg === 'incident changed' ? [[change, instance]] : []));

t.test('two instances on one database show and tell the same', { skip: skipWithoutPostgres }, async (t) => {
  const store = await newDatabase();
  const started = (instance: string) => running(t, { store, instance, data: temporaryDirectory(t) });
  const [a, b] = [await started('plant-a'), await started('plant-b')];
  const heard: string[] = [];
  const abort = new AbortController();
  t.teardown(() => abort.abort());
  const stream = await fetch(`${b.api}/api/v1/stream`, { signal: abort.signal });
  const reading = (async () => {
    for await (const text of stream.body ?? []) heard.push(Buffer.from(text).toString());
  })().catch((error) => t.equal(error.name, 'AbortError'));
  const lines = [BODIES.callHome205, BODIES.commFailed, BODIES.crlSla];
  await say(a, 100, ...lines);
  await until(
    () => incidentsOf(a.api),
    ([first]) => first?.state === 'confirmed',
  );
  t.same(await incidentsOf(b.api), await incidentsOf(a.api));
  await say(b, 7000, ...lines);
  await until(
    async () => metric(b.api, 'quovadis_messages_copied_total'),
    (copies) => copies === lines.length,
  );
  const { evidence } = (await incidentsOf(b.api))[0] as { evidence: number };
  t.equal(evidence, lines.length, 'the copies with other counters count once');
  await until(
    async () => changesIn(b),
    (told) => told.length >= changesIn(a).length,
  );
  t.strictSame(
    changesIn(b),
    changesIn(a).map(([change]) => [change, 'plant-a']),
    'each once, and by whom',
  );
  await until(
    async () => heard.join(''),
    (text) => text.includes('event: change') && text.includes('qv-sw-a-1'),
  );
  await fetch(`${a.api}/api/v1/incidents/qv-sw-a-1/acknowledge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by: 'kim', text: 'seen' }),
  }).then((answer) => t.ok(answer.ok, `${answer.status}`));
  await until(
    async () => heard.join(''),
    (text) => text.includes('event: act') && text.includes('kim'),
  );
  await fetch(`${a.api}/api/v1/inventory`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: 'hostname,plant\nsw-new,North\n',
  });
  await until(
    async () => heard.join(''),
    (text) => /event: act\ndata: \{"kind":"devices","by":null,[^\n]*"devices":\["sw-new"\]/.test(text),
  );
  await fetch(`${a.api}/api/v1/devices/sw-new?by=kim`, { method: 'DELETE' });
  await until(
    async () => heard.join(''),
    (text) => /event: act\ndata: \{"kind":"devices","by":"kim",[^\n]*"devices":\["sw-new"\]/.test(text),
  );
  type Health = {
    readonly instances: readonly { readonly name: string; readonly clockOffsetSeconds: number | null }[];
  };
  const { instances } = await until(
    () => get<Health>(`${b.api}/api/v1/health/pipeline`),
    (health) => health.instances.every(({ clockOffsetSeconds }) => clockOffsetSeconds !== null),
  );
  t.match(instances, [
    { name: 'plant-a', version, there: true },
    { name: 'plant-b', version, there: true },
  ]);
  for (const { clockOffsetSeconds } of instances) t.ok(Math.abs(clockOffsetSeconds ?? 9) < 1);
  t.match(
    (await inspectDatabase({ url: store, instance: 'x' }, Date.now)).lines.slice(-2),
    ['plant-a', 'plant-b'].map(
      (name) => new RegExp(`^ {2}instance ${name}, version .*: is there; clock -?\\d+ ms from its machine's$`),
    ),
  );
  const ready = await get<{ ready: boolean }>(`${b.api}/readyz`).catch(() => null);
  t.ok(ready);
  const ofStore = async ({ api }: Running, path: string) => {
    const text = await (await fetch(`${api}${path}`)).text();
    return text
      .split('\n')
      .filter((line) => /^quovadis_(incidents|device_info|device_series_dropped)\{.* [1-9]/.test(line));
  };
  const gauges = [...(await ofStore(a, '/metrics')), ...(await ofStore(a, '/metrics/devices'))];
  t.match(
    gauges,
    [
      /^quovadis_incidents\{state="confirmed",severity="major",store="test_\d+-[0-9a-f]{8}"\} 1$/,
      /^quovadis_device_info\{device="sw-a",.*,store="test_\d+-[0-9a-f]{8}"\} 1$/,
    ],
    'a value of the database has its name',
  );
  t.strictSame([...(await ofStore(b, '/metrics')), ...(await ofStore(b, '/metrics/devices'))], gauges);
  t.equal(await metric(b.api, 'quovadis_syslog_lines_received_total{transport="udp"}'), lines.length);
  abort.abort();
  await reading;
});

t.test(
  'a reload with another advisory is refused beside another instance, and used alone',
  {
    skip: skipWithoutPostgres,
  },
  async (t) => {
    const store = await newDatabase();
    const config = (instance: string, advisory = defaults.advisory) => ({
      ...{ ...defaults, store, instance, advisory, data: temporaryDirectory(t) },
      syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: null },
      http: { ...defaults.http, listen: '127.0.0.1:0' },
    });
    const [a, b] = [await running(t, config('plant-a')), await running(t, config('plant-b'))];
    const next = config('plant-a', fileURLToPath(new URL('../advisories/example-root-g1.yaml', import.meta.url)));
    const advisoryOf = async ({ api }: Running) =>
      /^quovadis_build_info\{.*advisory="([^"]*)"/m.exec(await (await fetch(`${api}/metrics`)).text())?.[1];
    const before = await advisoryOf(a);
    await t.rejects(a.use(next), {
      code: 'QVW_REFUSED',
      message:
        /^instance "plant-b" judges by .*: give all the same advisory and the same `correlation`, or stop the others first$/,
    });
    t.equal(await advisoryOf(a), before);
    t.match(before, /quovadis-root-ca-2/);
    await b.stop();
    await a.use(next);
    t.match(await advisoryOf(a), /example-root-g1/);
    await t.rejects(running(t, config('plant-b')), { code: 'QVW_REFUSED', message: /^instance "plant-a" judges by/ });
  },
);
