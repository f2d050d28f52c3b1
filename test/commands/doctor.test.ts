/** The doctor: each finding, wrong and right, with real sockets and files. */
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DeviceSigns } from '../../src/commands/doctor/devices.ts';
import type { Finding } from '../../src/commands/doctor/finding.ts';
import {
  alertmanagerFindings,
  bufferFinding,
  certificateFinding,
  clockFinding,
  diskFinding,
  portFinding,
  portFindings,
  secretsFinding,
  serviceFinding,
} from '../../src/commands/doctor/machine.ts';
import { openSecretsWarning } from '../../src/config/open-secrets.ts';
import { type Config, defaults } from '../../src/config/schema.ts';
import type { Device } from '../../src/core/model/device.ts';
import { openStore } from '../../src/store/open-store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { newDatabase, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { ran } from './in-one-process.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-28T19:00:00Z');

/** An HTTP server that answers so; its address. */
async function answering(t: Test, status: number, body = ''): Promise<string> {
  const server = createServer((_, reply) => reply.writeHead(status).end(body));
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const withHttp = (listen: string | null): Config => ({ ...defaults, http: { ...defaults.http, listen } });

t.test('serviceFinding() tells whether the service runs, and why it is not ready', async (t) => {
  const rows = [
    [await answering(t, 200), true, 'ok', /runs and is ready/],
    [await answering(t, 503, '{"detail":"lines cannot be stored"}'), true, 'wrong', /503: .*lines cannot be stored/],
    ['127.0.0.1:1', false, 'wrong', /\(ECONNREFUSED\): the service does not run/],
    [null, false, 'unknown', /off/],
  ] as const;
  for (const [listen, runs, state, text] of rows)
    t.match(await serviceFinding(withHttp(listen)), { runs, finding: { state, text } }, `${listen}`);
});

t.test('a service that asks for certificates of clients runs; whether it is ready is unknown', async (t) => {
  // A server that breaks off each handshake, as one does that is given no certificate.
  const server = createTcp((socket) => socket.on('error', () => {}).once('data', () => socket.destroy()));
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const tls = { cert: 'cert.pem', key: 'key.pem', clientCa: 'ca.pem' } as unknown as Config['http']['tls'];
  const config: Config = { ...defaults, http: { ...defaults.http, listen: `127.0.0.1:${port}`, tls } };
  t.match(await serviceFinding(config), {
    runs: true,
    finding: { state: 'unknown', text: /something listens.*ECONNRESET/, todo: /http\.probe/ },
  });
});

t.test('a port that an ordinary user may not have is not wrong while the service runs', async (t) => {
  const state = (runs: boolean) => portFinding('syslog.udp', '0.0.0.0:514', 'EACCES', runs).state;
  t.same([state(true), state(false)], ['unknown', 'wrong']);
});

t.test('portFindings() tells which ports are taken, and by whom', async (t) => {
  const taken = createTcp();
  t.teardown(() => taken.close());
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  const tcp = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const config = { ...withHttp(null), syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp } };
  t.match(await portFindings(config, false), [
    { about: 'port syslog.udp', state: 'ok' },
    { about: 'port syslog.tcp', state: 'wrong', text: `another program has ${tcp}`, commands: [/^ss -lnp/] },
  ]);
  t.match(await portFindings(config, true), [
    { state: 'wrong', text: /free although the service runs/ },
    { state: 'ok', text: `${tcp} is taken, by the service` },
  ]);
  const away = { ...config, syslog: { ...config.syslog, udp: '192.0.2.1:5514', tcp: null } };
  t.match(await portFindings(away, false), [{ state: 'wrong', text: /EADDRNOTAVAIL/ }]);
});

t.test('the findings of buffer, clock, disk and certificate', async (t) => {
  const directory = temporaryDirectory(t);
  const buffer = (bytes: number) => {
    writeFileSync(join(directory, 'rmem_max'), `${bytes}\n`);
    return bufferFinding(join(directory, 'rmem_max'));
  };
  t.match(buffer(8_388_608), { state: 'ok' });
  t.match(buffer(212_992), { state: 'wrong', commands: [/rmem_max=8388608/, 'sysctl --system'] });
  t.match(bufferFinding(join(directory, 'none')), { state: 'unknown' });
  const clock = (answer: string) => {
    const program = join(directory, 'timedatectl');
    writeFileSync(program, `#!/bin/sh\necho ${answer}\n`);
    chmodSync(program, 0o755);
    return clockFinding(program).state;
  };
  t.same([clock('yes'), clock('no'), clock(''), clockFinding('/nowhere').state], ['ok', 'wrong', 'unknown', 'unknown']);
  t.match(diskFinding(join(directory, 'not', 'there', 'yet')), { text: new RegExp(`free in ${directory}$`) });
  const certificate = (day: string | null) => certificateFinding(day === null ? null : new Date(day), NOW).state;
  t.same([null, '2027-06-01', '2026-12-10', '2026-11-01'].map(certificate), ['ok', 'ok', 'wrong', 'wrong']);
});

t.test('secretsFinding() names the files of secrets that everybody may read', async (t) => {
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o755);
  const file = (name: string, mode: number) => {
    writeFileSync(join(directory, name), '');
    chmodSync(join(directory, name), mode);
    return join(directory, name);
  };
  const [open, closed] = [file('open', 0o644), file('closed', 0o640)];
  const key = file('key.pem', 0o604);
  const tls = { ...defaults.syslog, tls: { listen: 'a:1', cert: open, key, clientCa: null, peers: [] } };
  const config = { ...defaults, syslog: tls, secretFiles: [open, closed, join(directory, 'none'), open] };
  t.match(secretsFinding(config), {
    state: 'wrong',
    text: `everybody on this machine may read ${open}, ${key}`,
    commands: [`chmod o-rwx ${open}`, `chmod o-rwx ${key}`],
  });
  t.match(openSecretsWarning(config), `may read the secrets in ${open}, ${key}: let only the user of the service`);
  t.match(secretsFinding({ ...config, syslog: defaults.syslog, secretFiles: [closed] }), { state: 'ok' });
  chmodSync(directory, 0o750);
  t.match(secretsFinding(config), { state: 'ok' }, 'nobody else comes to them');
  t.equal(openSecretsWarning(config), null);
});

t.test('alertmanagerFindings() asks every peer', async (t) => {
  const urls = [`http://${await answering(t, 200)}`, `http://${await answering(t, 500)}`, 'http://127.0.0.1:1'];
  const config = { ...defaults, sinks: [{ kind: 'alertmanager', name: 'am', urls }] } as unknown as Config;
  const found = await alertmanagerFindings(config);
  t.same(
    found.map(({ state }) => state),
    ['ok', 'wrong', 'wrong'],
  );
  t.match(found[1]?.text, 'answers with 500');
  t.match(found[2]?.text, 'cannot be reached');
  t.match(await alertmanagerFindings(defaults), [{ state: 'ok', text: 'none is configured' }]);
});

t.test('DeviceSigns names the devices in which something is wrong, with the lines to type', async (t) => {
  const device = (key: string, over: object) =>
    ({
      ...{ key, keyFrom: 'origin', inventory: null, timeQuality: 'synchronized', lastSeenAt: NOW - MINUTE, peer: null },
      ...{ heard: null, state: { clock: 'set' }, ...over },
    }) as unknown as Device;
  const watched = { firstAt: NOW - 8 * 86_400_000, lastAt: NOW, lines: 1000 };
  const findings = (...devices: Device[]) => {
    const signs = new DeviceSigns(NOW, advisory.visibility);
    for (const each of devices) signs.add(each);
    return Object.fromEntries(signs.findings().map((finding) => [finding.about, finding]));
  };
  const well = findings(device('sw-a', {}), device('sw-b', { inventory: {} }));
  t.ok(Object.values(well).every(({ state }) => state === 'ok'));
  t.match(
    well['senders']?.text,
    'heard in the last 70 minutes: 2 named by origin-id, timestamps of a clock that is set',
  );
  const ill = findings(
    device('never', { inventory: {}, lastSeenAt: null }),
    device('192.0.2.7', { keyFrom: 'peer' }),
    device('no-time', { timeQuality: 'uptime' }),
    device('no-clock', { state: { clock: 'unset' } }),
    device('no-level', { heard: { lastAt: NOW, level: 4, watched } }),
  );
  for (const [about, name, command] of [
    ['listed switches', 'never', 'logging trap informational'],
    ['origin-id', '192.0.2.7', 'logging origin-id hostname'],
    ['timestamps', 'no-time', 'service timestamps log datetime msec show-timezone year'],
    ['clocks of switches', 'no-clock', 'ntp server ADDRESS'],
    ['level', 'no-level', 'logging trap informational'],
  ] as const) {
    t.match(ill[about], { state: 'wrong', text: new RegExp(`: ${name}$`) }, about);
    t.ok(ill[about]?.commands.includes(command), command);
  }
  const many = findings(...Array.from({ length: 7 }, (_, index) => device(`sw-${index}`, { timeQuality: 'none' })));
  t.match(many['timestamps']?.text, /sw-0, sw-1, sw-2, sw-3, sw-4 and 2 more$/);
  t.match(findings()['senders'], { state: 'unknown', text: /none of 0 known devices/ });
  t.match(findings(device('old', { lastSeenAt: NOW - 90 * MINUTE }))['senders'], { state: 'unknown' });
});

t.test(
  'doctor runs without a service and without a database, and its exit code is 3 if something is wrong',
  async (t) => {
    const cwd = temporaryDirectory(t);
    const env = {
      ...{ QUOVADIS_SYSLOG_UDP: '127.0.0.1:0', QUOVADIS_SYSLOG_TCP: 'off', QUOVADIS_HTTP_LISTEN: '127.0.0.1:1' },
    };
    const [text, json, wrong] = ran([['doctor'], ['doctor', '--json'], ['doctor', '--config', 'none.yaml']], {
      cwd,
      env,
    });
    t.match(text, {
      status: 3,
      stdout: /^WRONG {4}service: nothing answers at 127\.0\.0\.1:1 \(ECONNREFUSED\): .*\n +quovadis-watch serve\n/,
    });
    t.match(text?.stdout, /unknown {2}devices: .*start the service once/);
    const { findings, wrong: count } = JSON.parse(json?.stdout ?? '{}');
    t.equal(json?.status, 3);
    t.equal(count, findings.filter(({ state }: { state: string }) => state === 'wrong').length);
    t.match(wrong, { status: 2, stderr: /none\.yaml cannot be read/ });
  },
);

t.test('doctor asks the database that `store` names', { skip: skipWithoutPostgres }, async (t) => {
  const cwd = temporaryDirectory(t);
  const url = await newDatabase();
  const location = { url, instance: 'a' };
  const base = { QUOVADIS_SYSLOG_UDP: '127.0.0.1:0', QUOVADIS_SYSLOG_TCP: 'off', QUOVADIS_HTTP_LISTEN: '127.0.0.1:1' };
  const asked = (store: string) => {
    const [told] = ran([['doctor', '--json']], { cwd, env: { ...base, QUOVADIS_STORE: store } });
    const { findings } = JSON.parse(told?.stdout ?? '{}') as { findings: Finding[] };
    return findings.filter(({ about }) => ['database', 'devices', 'senders'].includes(about));
  };
  t.match(asked(url), [
    { about: 'database', state: 'ok', text: /^PostgreSQL \d+/ },
    { about: 'devices', state: 'unknown', todo: 'start the service once, or correct `store`' },
  ]);
  await (await openStore(location, projectionOf(advisory), 'write')).close();
  t.match(asked(url), [
    { about: 'database', state: 'ok' },
    { about: 'senders', text: /none of 0 known devices/ },
  ]);
  t.match(asked('postgres://quovadis@127.0.0.1:1/x'), [
    { about: 'database', state: 'wrong', text: /^PostgreSQL at 127\.0\.0\.1:1\/x cannot be reached/ },
    { about: 'devices', state: 'unknown' },
  ]);
});
