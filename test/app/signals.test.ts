/** Signals at any time: what the kernel has acknowledged is stored, however often and however early somebody asks. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { BODIES, temporaryDirectory } from '../given.ts';
import { child, get, MAIN, until } from './running.ts';

const lineOf = (device: number) => `<187>1: sw-${device}: ${BODIES.commFailed}\n`;

/** Each line over a connection of its own, from several addresses; resolves when the kernel has taken all. */
async function sendEach(port: number, lines: readonly string[]): Promise<void> {
  await Promise.all(
    lines.map(async (line, index) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + Math.floor(index / 12)}` });
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect');
      await new Promise<void>((resolve) => socket.end(line, () => resolve()));
    }),
  );
}

async function storedDevices(data: string): Promise<number> {
  const closing: (() => unknown)[] = [];
  const again = await child({ teardown: (end: () => unknown) => closing.push(end) } as never, data);
  const { devices } = await get<{ devices: readonly unknown[] }>(`${again.api}/api/v1/devices?limit=500`);
  again.process.kill('SIGTERM');
  await again.exit;
  return devices.length;
}

t.test('SIGTERM: connections that only the kernel has accepted are read, too', async (t) => {
  const data = temporaryDirectory(t);
  const service = await child(t, data);
  // The service accepts nothing while it is stopped; the kernel does.
  service.process.kill('SIGSTOP');
  await sendEach(service.ports.tcp, [...Array(200).keys()].map(lineOf));
  service.process.kill('SIGTERM');
  service.process.kill('SIGCONT');
  t.equal(await service.exit, 0);
  t.equal(await storedDevices(data), 200);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} again and again while the service stops: nothing is lost, and it ends with 0`, async (t) => {
    const data = temporaryDirectory(t);
    const service = await child(t, data);
    const said: string[] = [];
    service.process.stdout.on('data', (text) => said.push(String(text)));
    await sendEach(service.ports.tcp, [...Array(100).keys()].map(lineOf));
    service.process.kill(signal);
    while (!said.join('').includes('"stopping"')) await once(service.process.stdout, 'data');
    for (let time = 0; time < 3; time++) service.process.kill(time % 2 === 0 ? signal : 'SIGTERM');
    t.equal(await service.exit, 0);
    t.match(said.join(''), 'stopping already');
    t.equal(await storedDevices(data), 100);
  });
}

t.test('SIGHUP while the service starts is a reload once it has started', async (t) => {
  const free = '127.0.0.1:0';
  const args = [MAIN, 'serve', '--data', temporaryDirectory(t), '--udp', free, '--tcp', free, '--http', free];
  // The signal comes when this module is loaded: before the service listens, and after its first statements.
  const early = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) {
      if (url.endsWith('/src/app.ts')) process.kill(process.pid, 'SIGHUP');
      return next(url, context);
    } });`;
  const preload = `data:text/javascript,${encodeURIComponent(early)}`;
  const service = spawn(process.execPath, ['--import', preload, ...args]) as ChildProcessWithoutNullStreams;
  t.teardown(() => service.kill('SIGKILL'));
  const exit = once(service, 'exit');
  let said = '';
  service.stdout.on('data', (text) => {
    said += text;
  });
  await Promise.race([
    until(
      async () => said,
      (text) => text.includes('"listening"'),
    ),
    exit,
  ]);
  const { port } = JSON.parse(said.split('\n').find((line) => line.includes('"listening"')) ?? '{}').http;
  const reloads = async () =>
    (await get<{ reload: { triedAt: string | null; at: string } }>(`http://127.0.0.1:${port}/api/v1/about`)).reload;
  await until(reloads, ({ triedAt }) => triedAt !== null);
  service.kill('SIGTERM');
  const [code] = await exit;
  t.equal(code, 0);
});
