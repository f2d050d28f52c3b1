/** systemd's protocol for services, with its own programs and real sockets. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { BODIES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { freePort, get, listening, MAIN, metric, until } from './running.ts';

const free = '127.0.0.1:0';
const NODE_OPTIONS = [
  '--disable-sigusr1',
  '--max-semi-space-size=16',
  `--openssl-config=${new URL('../../deploy/openssl.cnf', import.meta.url).pathname}`,
];
const serve = (data: string) => ['serve', '--data', data, '--udp', free, '--tcp', free, '--http', free];
const line = (device: string) => Buffer.from(`<187>12: ${device}: Mar  1 18:46:11.123: ${BODIES.commFailed}\n`);
const soon = <T>(value: () => T) => new Promise<T>((resolve) => setImmediate(() => resolve(value())));

const devicesOf = async (api: string) =>
  (await get<{ devices: { key: string }[] }>(`${api}/api/v1/devices`)).devices.map(({ key }) => key);

/** What systemd would hear: a Unix datagram socket. */
async function notifySocket(t: Test) {
  const path = join(temporaryDirectory(t), 'notify');
  const nc = spawn('nc', ['-lkuU', path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => nc.kill('SIGKILL'));
  let heard = '';
  nc.stdout.on('data', (bytes: Buffer) => {
    // systemd-notify asks after each message whether it was read.
    heard += `${bytes}`.replaceAll('BARRIER=1', '\n');
  });
  await until(
    () => soon(() => existsSync(path)),
    (there) => there,
  );
  return {
    path,
    heard: (pattern: RegExp) =>
      until(
        () => soon(() => pattern.exec(heard)),
        (found) => found !== null,
      ),
    all: () => heard,
  };
}

const skip = missing('systemd-notify', 'systemd') || missing('nc', 'netcat-openbsd');

t.test('serve tells systemd when it is ready, reloads, lives and stops', { skip }, async (t) => {
  const socket = await notifySocket(t);
  const config = join(temporaryDirectory(t), 'quovadis.yaml');
  writeFileSync(config, 'syslog: { zone: UTC }');
  const env = { ...process.env, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000' };
  const args = [MAIN, ...serve(temporaryDirectory(t)), '--config', config];
  const service = await listening(t, spawn(process.execPath, args, { env }));
  await socket.heard(/^READY=1\nSTATUS=listening$/m);
  await socket.heard(/WATCHDOG=1[\s\S]*WATCHDOG=1/);
  t.notMatch(socket.all(), /RELOADING|STOPPING/);
  const before = process.hrtime.bigint() / 1000n;
  service.process.kill('SIGHUP');
  const [, stamp = ''] =
    (await socket.heard(
      /RELOADING=1\nMONOTONIC_USEC=(\d+)[\s\S]*READY=1\nSTATUS=listening; the configuration was read again/,
    )) ?? [];
  t.ok(BigInt(stamp) >= before && BigInt(stamp) <= process.hrtime.bigint() / 1000n, 'the clock is that of systemd');
  writeFileSync(config, 'nonsense: 1');
  service.process.kill('SIGHUP');
  await socket.heard(/READY=1\nSTATUS=listening; the configuration cannot be used: .*nonsense/);
  service.process.kill('SIGTERM');
  await socket.heard(/STOPPING=1/);
  t.equal(await service.exit, 0);
});

/** A folder with a program of this name that notes that it was called. */
function fakeNotify(t: Test) {
  const folder = temporaryDirectory(t);
  const [program, calls] = [join(folder, 'systemd-notify'), join(folder, 'calls')];
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${calls}\n`);
  chmodSync(program, 0o755);
  return { folder, calls };
}

t.test('serve without NOTIFY_SOCKET calls nothing, and WATCHDOG_PID of another process is not meant', async (t) => {
  const { folder, calls } = fakeNotify(t);
  const { NOTIFY_SOCKET: _, ...rest } = process.env;
  const path = `${folder}:${process.env['PATH']}`;
  const run = async (more: NodeJS.ProcessEnv) => {
    const env = { ...rest, PATH: path, WATCHDOG_USEC: '1000', ...more };
    const service = await listening(t, spawn(process.execPath, [MAIN, ...serve(temporaryDirectory(t))], { env }));
    service.process.kill('SIGTERM');
    t.equal(await service.exit, 0);
  };
  await run({});
  t.notOk(existsSync(calls));
  await run({ NOTIFY_SOCKET: '/nowhere', WATCHDOG_PID: '1' });
  const said = readFileSync(calls, 'utf8');
  t.match(said, /^READY=1 STATUS=listening\nSTOPPING=1 /);
  t.notMatch(said, 'WATCHDOG');
});

t.test('serve without the program systemd-notify says so once, and goes on', async (t) => {
  const env = { PATH: temporaryDirectory(t), NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '20000' };
  const process_ = spawn(process.execPath, [MAIN, ...serve(temporaryDirectory(t))], { env });
  let said = '';
  process_.stdout.on('data', (bytes) => {
    said += bytes;
  });
  const service = await listening(t, process_);
  await until(
    () => soon(() => said),
    (all) => all.includes('systemd-notify is missing'),
  );
  for (let scrape = 0; scrape < 3; scrape++) t.ok((await metric(service.api, 'process_start_time_seconds')) > 0);
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
  t.equal(said.split('systemd-notify is missing').length - 1, 1, 'one warning');
});

type Passed = { readonly fd: number; readonly port: number; close(): void };
const fdOf = (of: object) => (of as { _handle: { fd: number } })._handle.fd;

async function udpSocket(): Promise<Passed> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { fd: fdOf(socket), port: socket.address().port, close: () => socket.close() };
}

async function tcpSocket(): Promise<Passed> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { fd: fdOf(server), port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Starts the service as systemd does, with these sockets. */
function activated(
  t: Test,
  sockets: readonly Passed[],
  names: string,
  args: readonly string[],
  { node = NODE_OPTIONS, pid = '$$' }: { node?: readonly string[]; pid?: string } = {},
): ChildProcessWithoutNullStreams {
  const script = `LISTEN_PID=${pid} LISTEN_FDS=${sockets.length} LISTEN_FDNAMES=${names} exec "$0" "$@"`;
  const process_ = spawn('sh', ['-c', script, process.execPath, ...node, MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', ...sockets.map(({ fd }) => fd)],
  }) as ChildProcessWithoutNullStreams;
  t.teardown(() => process_.kill('SIGKILL'));
  // The child has its own copies; this process would read what is meant for it.
  for (const socket of sockets) socket.close();
  return process_;
}

async function sendAll(udp: number, tcp: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.send(line('sw-udp'), udp, '127.0.0.1', () => resolve()));
  socket.close();
  const stream = connect(tcp, '127.0.0.1');
  stream.end(line('sw-tcp'));
  await once(stream.resume(), 'close');
}

for (const [title, names] of [
  ['their names', 'http:udp:tcp'],
  ['their types and addresses', 'quovadis-watch.socket:quovadis-watch.socket:unknown'],
] as const) {
  t.test(`serve takes sockets that systemd passes by ${title}`, async (t) => {
    const [http, udp, tcp] = [await tcpSocket(), await udpSocket(), await tcpSocket()];
    const where = (port: number) => `127.0.0.1:${port}`;
    const addresses = names.startsWith('http')
      ? ['--udp', free, '--tcp', free, '--http', free]
      : ['--udp', where(udp.port), '--tcp', where(tcp.port), '--http', where(http.port)];
    const process_ = activated(t, [http, udp, tcp], names, ['serve', '--data', temporaryDirectory(t), ...addresses]);
    const service = await listening(t, process_);
    t.match(service.ports, { udp: udp.port, tcp: tcp.port, http: http.port });
    await sendAll(udp.port, tcp.port);
    await until(
      () => devicesOf(service.api),
      (found) => found.length === 2,
    );
    t.equal(await metric(service.api, 'quovadis_syslog_lines_received_total{transport="udp"}'), 1);
    const about = (await (await fetch(`${service.api}/api/v1/about`)).json()) as { configuration: object };
    t.match(about.configuration, { 'syslog.udp': where(udp.port), 'http.listen': where(http.port) });
    service.process.kill('SIGTERM');
    t.equal(await service.exit, 0);
  });
}

t.test('serve keeps the sockets also if it lacks options of Node.js, and says that it does', async (t) => {
  const tcp = await tcpSocket();
  const process_ = activated(t, [tcp], 'tcp', serve(temporaryDirectory(t)), { node: [] });
  let said = '';
  process_.stdout.on('data', (bytes) => {
    said += bytes;
  });
  const service = await listening(t, process_);
  t.equal(service.ports.tcp, tcp.port);
  t.match(said, /with sockets of systemd the service cannot start itself with these options/);
});

t.test('serve refuses a socket that nobody wants, with exit code 2 and one line', async (t) => {
  const socket = await tcpSocket();
  const process_ = activated(t, [socket], 'metrics', serve(temporaryDirectory(t)));
  const [said, [code]] = await Promise.all([text(process_.stderr), once(process_, 'exit')]);
  t.equal(code, 2);
  t.match(
    said,
    new RegExp(
      `^quovadis-watch: the socket 3 \\("metrics", tcp 127\\.0\\.0\\.1:${socket.port}\\) .*\\[QVW_CONFIG_INVALID\\]\n$`,
    ),
  );
});

t.test('serve leaves sockets alone that were passed to another process', async (t) => {
  const socket = await tcpSocket();
  const service = await listening(t, activated(t, [socket], 'tcp', serve(temporaryDirectory(t)), { pid: '1' }));
  t.not(service.ports.tcp, socket.port);
});

t.test(
  'serve runs under systemd-socket-activate',
  { skip: missing('systemd-socket-activate', 'systemd') },
  async (t) => {
    const [tcp, http] = [await freePort(), await freePort()];
    const activate = ['-l', `127.0.0.1:${tcp}`, '-l', `127.0.0.1:${http}`, '--fdname=tcp:http'];
    const process_ = spawn('systemd-socket-activate', [
      ...activate,
      process.execPath,
      ...NODE_OPTIONS,
      MAIN,
      ...serve(temporaryDirectory(t)),
    ]);
    t.teardown(() => process_.kill('SIGKILL'));
    // The first connection starts the service, and is not lost.
    const stream = await until(
      () =>
        new Promise<ReturnType<typeof connect> | null>((resolve) => {
          const one = connect(tcp, '127.0.0.1', () => resolve(one)).on('error', () => resolve(null));
        }),
      (one) => one !== null,
    );
    stream?.end(line('sw-first'));
    const service = await listening(t, process_);
    t.match(service.ports, { tcp, http });
    await until(
      () => devicesOf(service.api),
      ([one]) => one === 'sw-first',
    );
  },
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(
    `serve that gets ${signal} before it listens ends with 0`,
    { skip: missing('mkfifo', 'coreutils') },
    async (t) => {
      const fifo = join(temporaryDirectory(t), 'quovadis.yaml');
      t.equal(spawnSync('mkfifo', [fifo]).status, 0);
      const args = [...NODE_OPTIONS, MAIN, ...serve(temporaryDirectory(t)), '--config', fifo];
      const process_ = spawn(process.execPath, args);
      t.teardown(() => process_.kill('SIGKILL'));
      const said = text(process_.stdout);
      // It opens for writing once the service reads its configuration.
      const writer = await open(fifo, 'w');
      process_.kill(signal);
      await writer.write('syslog: { zone: UTC }');
      await writer.close();
      t.same(await once(process_, 'exit'), [0, null]);
      t.notMatch(await said, '"msg":"listening"');
      t.match(await said, '"msg":"stopped"');
    },
  );
}
