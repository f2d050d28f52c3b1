/** What one sender can do to the others' devices: by real sockets, each address of 127.0.0.0/8 is a host of its own. */

import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import t, { type Test } from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { child, get, incidentsOf, MAIN, metric, running, until } from './running.ts';

async function host(t: Test, address: string, port: number): Promise<(line: string) => void> {
  const socket: Socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  t.teardown(() => void socket.close());
  return (line) => socket.send(line, port, '127.0.0.1');
}

type Page = {
  readonly senders: readonly {
    readonly address: string;
    readonly known: boolean;
    readonly waits: { mnemonic: string } | null;
  }[];
  readonly explanation: { readonly conclusion: string };
};

t.test('one forged line ends no incident; an operator who knows the address lets it count', async (t) => {
  const data = temporaryDirectory(t);
  const service = await child(t, data);
  const device = () => get<Page>(`${service.api}/api/v1/devices/sw-a`);
  const own = await host(t, '127.0.0.2', service.ports.udp);
  own(`<187>1: sw-a: ${BODIES.callHome205}`);
  own(`<187>2: sw-a: ${BODIES.commFailed}`);
  await until(
    () => incidentsOf(service.api),
    ([incident]) => incident !== undefined,
  );
  const forger = await host(t, '127.0.0.66', service.ports.udp);
  forger(`<189>3: sw-a: ${BODIES.commRestored}`);
  const { senders, explanation } = await until(device, (page) => page.senders.length === 2);
  t.strictSame(
    senders.map(({ address, known, waits }) => [address, known, waits?.mnemonic ?? null]),
    [
      ['127.0.0.2', false, null],
      ['127.0.0.66', false, 'COMM_RESTORED'],
    ],
  );
  t.match(explanation.conclusion, 'A recovery from 127.0.0.66');
  t.match((await incidentsOf(service.api))[0]?.state, /suspected|confirmed/);
  const confirm = (...args: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, 'confirm-sender', ...args, '--data', data], { encoding: 'utf8' });
  const wrong = confirm('sw-a', '999.1.1.1');
  t.strictSame([wrong.status, wrong.stderr.trim().split('\n').length], [2, 1]);
  t.equal(confirm('sw-a', '127.0.0.66').status, 0);
  await until(
    () => incidentsOf(service.api),
    ([incident]) => incident?.state === 'recovering',
  );
  const response = await fetch(`${service.api}/api/v1/devices/sw-a/senders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ address: 'somewhere' }),
  });
  t.equal(response.status, 400);
});

t.test('syslog.trustUnknownSenders lets any address end an incident', async (t) => {
  const service = await running(t, {
    syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: null, trustUnknownSenders: true },
  });
  const port = service.addresses.udp?.port ?? 0;
  const [own, other] = [await host(t, '127.0.0.2', port), await host(t, '127.0.0.3', port)];
  own(`<187>1: sw-a: ${BODIES.callHome205}`);
  own(`<187>2: sw-a: ${BODIES.commFailed}`);
  await until(
    () => incidentsOf(service.api),
    ([incident]) => incident !== undefined,
  );
  other(`<189>3: sw-a: ${BODIES.commRestored}`);
  await until(
    () => incidentsOf(service.api),
    ([incident]) => incident?.state === 'recovering',
  );
});

t.test('who invents devices leaves room for the others, and is named', async (t) => {
  const perSource = { ...defaults.syslog.perSource, newDevices: 1 };
  const service = await running(t, { syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: null, perSource } });
  const port = service.addresses.udp?.port ?? 0;
  const inventor = await host(t, '127.0.0.66', port);
  // Those of a minute may come at once: a few more.
  for (let device = 0; device < 200; device++) inventor(`<187>1: invented-${device}: ${BODIES.commFailed}`);
  type Losses = { readonly senders: readonly { readonly address: string; readonly reasons: Record<string, number> }[] };
  const { senders } = await until(
    () => get<Losses>(`${service.api}/api/v1/losses?sort=-dropped`),
    (page) => (page.senders[0]?.reasons['rate_limited'] ?? 0) >= 100,
  );
  t.equal(senders[0]?.address, '127.0.0.66');
  t.ok(
    (await metric(service.api, 'quovadis_syslog_lines_dropped_total{transport="udp",reason="rate_limited"}')) >= 100,
  );
  const ready = await fetch(`${service.api}/readyz`);
  t.strictSame([ready.status, /too many new devices/.test(await ready.text())], [503, true]);
  t.equal(service.logged.filter(({ msg }) => String(msg).includes('newDevices')).length, 1, 'one line a minute');
  const honest = await host(t, '127.0.0.2', port);
  honest(`<187>1: sw-a: ${BODIES.callHome205}`);
  honest(`<187>2: sw-a: ${BODIES.commFailed}`);
  await until(
    () => incidentsOf(service.api),
    (list) => list.some(({ device }) => device === 'sw-a'),
  );
});

t.test('GET /losses is paged in a stable order', async (t) => {
  const service = await running(t);
  for (let index = 2; index < 7; index++) {
    const send = await host(t, `127.0.0.${index}`, service.addresses.udp?.port ?? 0);
    for (let number = 1; number <= 80; number++) {
      if (number % 10 >= index) send(`<189>${number}: sw-${index}: ${BODIES.chatter}`);
    }
  }
  type Losses = {
    readonly senders: readonly { readonly address: string; readonly lost: number }[];
    readonly next: string | null;
  };
  const page = (more = '') => get<Losses>(`${service.api}/api/v1/losses?limit=2${more}`);
  await until(
    () => get<Losses>(`${service.api}/api/v1/losses`),
    ({ senders }) => senders.length === 5,
  );
  const seen: string[] = [];
  for (let answer = await page(); ; answer = await page(`&cursor=${answer.next}`)) {
    seen.push(...answer.senders.map(({ address }) => address));
    if (answer.next === null) break;
  }
  t.strictSame(seen, ['127.0.0.6', '127.0.0.5', '127.0.0.4', '127.0.0.3', '127.0.0.2']);
});
