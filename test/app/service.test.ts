import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { limits } from '../../src/core/model/limits.ts';
import { BODIES } from '../given.ts';
import { get, incidentsOf, metric, running, until } from './running.ts';

const behind = (device: string, body: string) => Buffer.from(`<187>12: ${device}: Mar  1 18:46:11.123: ${body}`);

async function play(
  transport: 'udp' | 'tcp',
  address: { host: string; port: number } | undefined,
  lines: readonly Buffer[],
) {
  const sender = await openSender(transport, address as { host: string; port: number });
  for (const line of lines) await sender.line(line);
  await sender.end();
}

t.test('startService() makes one incident of lines that come by UDP and TCP', async (t) => {
  const service = await running(t);
  await play('udp', service.addresses.udp, [behind('sw-a', BODIES.callHome205), behind('sw-b', BODIES.chatter)]);
  await play('tcp', service.addresses.tcp, [behind('sw-a', BODIES.commFailed), behind('sw-a', BODIES.crlSla)]);
  const [incident, ...others] = await until(
    () => incidentsOf(service.api),
    ([first]) => first?.state === 'confirmed',
  );
  t.match(incident, { id: 'qv-sw-a-1', device: 'sw-a', severity: 'major', score: 5, evidence: 3 });
  t.same(others, []);
  const one = await get<{ lines: { raw: string }[]; changes: { reason: string }[]; explanation: { score: number } }>(
    `${service.api}/api/v1/incidents/qv-sw-a-1`,
  );
  t.equal(one.lines.length, 3);
  t.match(one.lines[0]?.raw, 'ERR 205');
  t.ok(one.changes.length > 0);
  t.equal(one.explanation.score, 5);
  t.equal(await metric(service.api, 'quovadis_incidents{state="confirmed",severity="major"}'), 1);
  t.equal(await metric(service.api, 'quovadis_devices{condition="confirmed"}'), 1);
  t.equal(await metric(service.api, 'quovadis_messages_total{facility="other",mnemonic="other"}'), 1);
  t.equal(await metric(service.api, 'quovadis_syslog_lines_received_total{transport="udp"}'), 2);
});

t.test('startService() outlives any bytes, counts them, and goes on', async (t) => {
  const service = await running(t);
  const garbage = [
    Buffer.from([0x00, 0xff, 0xfe, 0x80]),
    Buffer.alloc(60_000, 0x25),
    Buffer.from('\u001b[2J<>%-3-:[[[" \\'),
  ];
  await play('udp', service.addresses.udp, [...garbage, behind('\xff\xfe', BODIES.commFailed)]);
  const endless = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
  endless.write(Buffer.alloc(200_000, 0x41));
  await play('tcp', service.addresses.tcp, [
    ...garbage,
    behind('sw-a', BODIES.callHome205),
    behind('sw-a', BODIES.commFailed),
  ]);
  await until(
    () => incidentsOf(service.api),
    (list) => list.length === 1,
  );
  t.equal(await metric(service.api, 'quovadis_syslog_lines_dropped_total{transport="udp",reason="oversize"}'), 1);
  const cut = 'quovadis_syslog_lines_dropped_total{transport="tcp",reason="oversize"}';
  await until(
    () => metric(service.api, cut),
    (count) => count === 2,
  );
  await until(
    () => metric(service.api, 'quovadis_syslog_connections{transport="tcp"}'),
    (count) => count === 1,
  );
  t.pass('the endless one is still open');
  endless.destroy();
  await until(
    () => metric(service.api, 'quovadis_syslog_connections{transport="tcp"}'),
    (count) => count === 0,
  );
});

t.test('startService() refuses senders outside the allowed networks, and counts them', async (t) => {
  const service = await running(t, {
    syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: '127.0.0.1:0', allow: ['192.0.2.0/24'] },
  });
  await play('udp', service.addresses.udp, [behind('sw-a', BODIES.commFailed)]);
  const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'close');
  const denied = (transport: string) => `quovadis_syslog_lines_dropped_total{transport="${transport}",reason="denied"}`;
  t.equal(
    await until(
      () => metric(service.api, denied('udp')),
      (count) => count > 0,
    ),
    1,
  );
  t.equal(
    await until(
      () => metric(service.api, denied('tcp')),
      (count) => count > 0,
    ),
    1,
  );
  t.same(await get(`${service.api}/api/v1/devices`), { devices: [], next: null });
});

t.test('startService() takes what thousands of lines in one write bring, in order', async (t) => {
  const service = await running(t);
  const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
  const chatter = Array.from(
    { length: limits.queuePauseLines + 5000 },
    () => `${behind('sw-b', BODIES.chatter)}\n`,
  ).join('');
  socket.end(`${chatter}${behind('sw-a', BODIES.callHome205)}\n${behind('sw-a', BODIES.commFailed)}`);
  await until(
    () => incidentsOf(service.api),
    (list) => list.length === 1,
  );
  t.equal(
    await metric(service.api, 'quovadis_messages_total{facility="other",mnemonic="other"}'),
    limits.queuePauseLines + 5000,
  );
  t.equal(await metric(service.api, 'quovadis_syslog_lines_dropped_total{transport="tcp",reason="queue_full"}'), 0);
});

t.test('startService() names the taken address, and leaves nothing open', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const tcp = { syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: `127.0.0.1:${port}` } };
  await t.rejects(running(t, tcp), { code: 'QVW_ADDRESS_IN_USE', message: /syslog\.tcp: 127\.0\.0\.1:\d+ is in use/ });
  const http = { http: { ...defaults.http, listen: `127.0.0.1:${port}` } };
  await t.rejects(running(t, http), { code: 'QVW_ADDRESS_IN_USE', message: /http\.listen/ });
});

t.test('HttpServer answers errors as problem details and asks for tokens', async (t) => {
  const open = await running(t);
  const ask = async (url: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { headers });
    return [response.status, response.headers.get('content-type')?.split(';')[0]];
  };
  const problem = 'application/problem+json';
  t.same(await ask(`${open.api}/nothing`), [404, problem]);
  t.same(await ask(`${open.api}/api/v1/incidents/none`), [404, problem]);
  t.same(await ask(`${open.api}/api/v1/devices/none`), [404, problem]);
  t.same(await ask(`${open.api}/api/v1/incidents?limit=0`), [400, problem]);
  t.same(await ask(`${open.api}/api/v1/incidents?sate=confirmed`), [400, problem], 'an unknown key is an error');
  t.same(await ask(`${open.api}/api/v1/incidents?cursor=x!`), [400, problem]);
  t.same(await ask(`${open.api}/api/v1/advisories?release=17.3.3`), [400, problem]);
  t.same(await ask(`${open.api}/api/v1/advisories?release=seventeen&product=IE-3300`), [400, problem]);
  t.match(await get(`${open.api}/api/v1/advisories?release=17.3.3&product=IE-3300-8T2S`), {
    advisories: [
      { id: 'quovadis-root-ca-2', remediation: { newRoot: { serial: '0A0142800000014523C844B500000002' } } },
    ],
    affected: { status: 'affected', source: 'FN72298', fixedIn: '17.6.1' },
  });
  t.same(await ask(`${open.api}/healthz`), [200, 'application/json']);
  t.same(await ask(`${open.api}/readyz`), [200, 'application/json']);
  const document = await get<{ paths: Record<string, unknown> }>(`${open.api}/openapi.json`);
  t.same(
    Object.keys(document.paths)
      .filter((path) => path.startsWith('/api/v1'))
      .map((path) => path.slice('/api/v1'.length)),
    [
      ...[
        '/incidents',
        '/incidents/facets',
        '/incidents/{id}',
        '/devices',
        '/devices/facets',
        '/devices/{key}',
        '/fleet',
        '/fleet/next',
      ],
      ...[
        '/fleet/accuracy',
        '/fleet/history',
        '/search',
        '/devices/{key}/timeline',
        '/incidents/{id}/timeline',
        '/plants',
        '/plants/{name}',
        '/fleet/grace',
      ],
      ...[
        '/messages',
        '/unparsed',
        '/unparsed/groups',
        '/notices',
        '/sinks',
        '/stream',
        '/advisories',
        '/health/pipeline',
        '/licences',
      ],
      ...[
        '/about',
        '/losses',
        '/incidents/{id}/acknowledge',
        '/incidents/{id}/unacknowledge',
        '/incidents/{id}/notes',
        '/incidents/{id}/close',
        '/incidents/{id}/reopen',
        '/incidents/bulk',
      ],
      ...[
        '/inventory',
        '/devices/{key}/inventory',
        '/devices/{key}/senders',
        '/devices/{key}/trustpool',
        '/captures',
        '/devices/{key}/captures',
        '/notices/retry',
        '/sinks/{name}/test',
        '/trustpool',
        '/backup',
        '/session',
      ],
    ],
  );
  const closed = await running(t, {
    http: { ...defaults.http, listen: '127.0.0.1:0', readTokens: ['r3ad'], writeTokens: ['wr1te'] },
  });
  t.same(await ask(`${closed.api}/api/v1/incidents`), [401, problem]);
  t.same(await ask(`${closed.api}/api/v1/incidents`, { authorization: 'Bearer wrong' }), [401, problem]);
  t.same(await ask(`${closed.api}/api/v1/incidents`, { authorization: 'Bearer r3ad' }), [200, 'application/json']);
  t.same(await ask(`${closed.api}/api/v1/incidents`, { authorization: 'Bearer wr1te' }), [200, 'application/json']);
});

t.test('startService() resolves by time alone', async (t) => {
  const service = await running(t, { correlation: { ...defaults.correlation, holdTime: '1ms' } });
  const lines = [BODIES.callHome205, BODIES.commFailed, BODIES.crlSla].map((body) => behind('sw-a', body));
  await play('tcp', service.addresses.tcp, lines);
  await until(
    () => incidentsOf(service.api),
    ([first]) => first?.state === 'confirmed',
  );
  await play('tcp', service.addresses.tcp, [behind('sw-a', BODIES.commRestored)]);
  const [incident] = await until(
    () => incidentsOf(service.api),
    ([first]) => first?.state === 'resolved',
  );
  t.match(incident, { id: 'qv-sw-a-1', severity: 'major' });
});

t.test('GET /devices/:key finds a device by any of its names', async (t) => {
  const service = await running(t);
  const relayed = (name: string, body: string) =>
    Buffer.from(`<187>Mar  1 18:46:12 192.0.2.7 ${name}*Mar  1 18:46:11.483: ${body}`);
  await play('tcp', service.addresses.tcp, [
    relayed('41: ', BODIES.callHome205),
    relayed('42: ', BODIES.authSendError),
    relayed('43: sw-a: ', BODIES.commFailed),
  ]);
  await until(
    () => incidentsOf(service.api),
    ([first]) => first?.device === 'sw-a',
  );
  for (const name of ['sw-a', 'SW-A', '192.0.2.7', 'FOC0000A1B2']) {
    const device = await get<{ key: string; names: string[] }>(`${service.api}/api/v1/devices/${name}`);
    t.match(device, { key: 'sw-a', messages: 3, incident: 'qv-sw-a-1', serial: 'FOC0000A1B2' }, name);
    t.same([...device.names].sort(), ['192.0.2.7', 'sn:foc0000a1b2', 'sw-a']);
  }
  t.equal((await incidentsOf(service.api)).length, 1);
});
