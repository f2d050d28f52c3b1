/** What depends on configuration and advisory is replaced while lines come in. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Problem, said } from '../../src/config/problem.ts';
import { type Config, defaults } from '../../src/config/schema.ts';
import { readSinks } from '../../src/config/sinks.ts';
import { BODIES } from '../given.ts';
import { answering, receiver } from '../notify/receiver.ts';
import { get, metric, type Running, running, until } from './running.ts';

const OTHER_ADVISORY = fileURLToPath(new URL('../advisories/example-root-g1.yaml', import.meta.url));

const SECRET = 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz';

const line = (device: string, counter: number, body: string) =>
  `<187>${counter}: ${device}: Feb  5 2022 06:00:00.000 UTC: ${body}\n`;

async function tcp({ addresses }: Running) {
  const socket = connect(addresses.tcp?.port ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const received = (service: Running) => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tcp"}');

const read = async ({ api }: Running) => {
  const text = await (await fetch(`${api}/metrics`)).text();
  return [...text.matchAll(/^quovadis_messages_total\{[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
};

const messagesOf = async ({ api }: Running, devices: number) => {
  const { devices: rows } = await get<{ devices: { messages: number }[] }>(`${api}/api/v1/devices?limit=${devices}`);
  return rows.reduce((sum, { messages }) => sum + messages, 0);
};

function webhook(name: string, url: string): Config['sinks'] {
  const problems: Problem[] = [];
  const sinks = readSinks([{ kind: 'webhook', name, url, secret: SECRET, allowPrivate: true }], problems);
  if (problems.length > 0) throw new Error(problems.map(said).join('; '));
  return sinks;
}

t.test('Service.use() loses no line under load', async (t) => {
  const service = await running(t);
  const socket = await tcp(service);
  const [devices, lines, replacements] = [40, 24_000, 12];
  const holds = ['1h', '2h', null];
  for (let replaced = 0, sent = 0; sent < lines; replaced++) {
    const part = Array.from({ length: lines / replacements }, (_, index) => {
      const number = sent + index;
      return line(`sw-${number % devices}`, number, number % 3 === 0 ? BODIES.chatter : BODIES.commFailed);
    });
    sent += part.length;
    socket.write(part.join(''));
    const config: Config = {
      ...defaults,
      correlation: { ...defaults.correlation, holdTime: holds[replaced % 3] ?? null },
    };
    await service.use(config);
  }
  socket.end();
  await until(
    () => read(service),
    (count) => count === lines,
  );
  t.equal(await received(service), lines);
  t.equal(await messagesOf(service, devices), (lines * 2) / 3, 'each tracked line counts once');
  t.equal(await metric(service.api, 'quovadis_syslog_connections{transport="tcp"}'), 0);
});

t.test('Service.use() passes a record that waits for its second one to the new engine', async (t) => {
  const service = await running(t);
  const socket = await tcp(service);
  socket.write(line('sw-a', 412, '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed'));
  await until(
    () => received(service),
    (count) => count === 1,
  );
  await service.use(defaults);
  socket.end('<187>413:      Reason : Failed to select socket. Timeout : 5 (Connection timed out)\n');
  const { messages } = await until(
    () => get<{ messages: { raw: string; cause: string }[] }>(`${service.api}/api/v1/messages`),
    (page) => page.messages.length > 0,
  );
  t.match(messages, [{ raw: /failed Reason : Failed to select socket/ }]);
});

t.test('Service.use() uses the new advisory and the new sinks, and keeps ports and counters', async (t) => {
  const hook = await receiver(t, answering(200));
  const service = await running(t);
  const socket = await tcp(service);
  socket.write([BODIES.callHome205, BODIES.commFailed].map((body, index) => line('sw-a', index, body)).join(''));
  await until(
    () => read(service),
    (count) => count === 2,
  );
  await service.use({ ...defaults, sinks: webhook('new', hook.url) });
  socket.write(line('sw-a', 2, BODIES.crlSla));
  await hook.count(1);
  t.match(JSON.parse(hook.requests[0]?.body ?? ''), { data: { change: { from: 'suspected', to: 'confirmed' } } });
  t.equal(await received(service), 3, 'the same connection, and counters go on');
  t.equal(await metric(service.api, 'quovadis_notices_total{sink="new",result="dead"}'), 0);
  await service.use({ ...defaults, advisory: OTHER_ADVISORY });
  const { advisories } = await get<{ advisories: { id: string }[] }>(`${service.api}/api/v1/advisories`);
  t.match(advisories, [{ id: 'example-root-g1' }]);
  socket.end(line('sw-b', 3, '%SMART_LIC-3-AGENT_REG_FAILED: certificate chain'));
  await until(
    () => get<{ incidents: { id: string }[] }>(`${service.api}/api/v1/incidents?device=sw-b`),
    ({ incidents }) => incidents[0]?.id === 'ex-sw-b-1',
  );
  t.equal(hook.requests.length, 1, 'a sink that is not configured any more is not notified');
});

t.test('Service.use() leaves the former engine, if the sinks of the new one cannot be started', async (t) => {
  const [former, next] = [await receiver(t, answering(200)), await receiver(t, answering(200))];
  const service = await running(t, { sinks: webhook('former', former.url) });
  const { abandon } = service.store.outbox;
  service.store.outbox.abandon = async () => {
    throw new Error('the disk is gone');
  };
  const config = { ...defaults, sinks: webhook('next', next.url), advisory: OTHER_ADVISORY };
  await t.rejects(service.use(config), /the disk is gone/);
  service.store.outbox.abandon = abandon;
  const { advisories } = await get<{ advisories: { id: string }[] }>(`${service.api}/api/v1/advisories`);
  t.not(advisories[0]?.id, 'example-root-g1');
  t.equal(await metric(service.api, 'quovadis_notices_pending{sink="next"}'), 0);
  const socket = await tcp(service);
  socket.end([BODIES.callHome205, BODIES.crlSla].map((body, index) => line('sw-a', index, body)).join(''));
  await former.count(1);
  t.equal(next.requests.length, 0);
});

t.test('Service.stop() during a replacement stops both engines, and none can follow', async (t) => {
  const service = await running(t);
  const replaced = [defaults, defaults].map((config) => service.use(config).catch((error) => error));
  await service.stop();
  for (const outcome of await Promise.all(replaced)) if (outcome) t.match(outcome.message, /the service is stopping/);
  await t.rejects(service.use(defaults), /the service is stopping/);
});

t.test('Service.use() called twice at once leaves the engine of the last call, and no other', async (t) => {
  const [first, last] = [await receiver(t, answering(200)), await receiver(t, answering(200))];
  const service = await running(t);
  const configs = [webhook('first', first.url), webhook('last', last.url)].map((sinks) => ({ ...defaults, sinks }));
  await Promise.all(configs.map((config) => service.use(config)));
  const socket = await tcp(service);
  socket.end([BODIES.callHome205, BODIES.crlSla].map((body, index) => line('sw-a', index, body)).join(''));
  await last.count(1);
  t.equal(first.requests.length, 0, 'the sinks of the other engine are stopped');
});
