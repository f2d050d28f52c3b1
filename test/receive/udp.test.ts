/** Datagrams of real sockets: what is read when the service stops, and whom a flood hurts. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { kernelDrops } from '../../src/receive/kernel-drops.ts';
import type { Intake } from '../../src/receive/receiver.ts';
import { Senders } from '../../src/receive/senders.ts';
import { UdpReceiver } from '../../src/receive/udp.ts';

const { allow, relays, proxy, perSource } = defaults.syslog;
const isLinux = process.platform === 'linux';

async function receiving(t: Test, options: { sockets?: number; drainMs?: number } = {}) {
  const lines: string[] = [];
  const warnings: string[] = [];
  let warned = () => {};
  const intake = {
    take: ({ bytes, start, end }) => {
      lines.push(bytes.toString('utf8', start, end));
      return 'counted';
    },
    received: () => {},
  } as Partial<Intake> as Intake;
  const receiver = new UdpReceiver({
    ...{ key: 'syslog.udp', address: { host: '127.0.0.1', port: 0 }, intake },
    senders: new Senders({ allow, relays, proxy, perSource }),
    warn: (message) => {
      warnings.push(message);
      warned();
    },
    ...options,
  });
  const { port } = await receiver.start();
  t.teardown(() => receiver.stop());
  const warning = (about: RegExp) =>
    new Promise<void>((resolve) => {
      warned = () => {
        if (warnings.some((each) => about.test(each))) resolve();
      };
      warned();
    });
  return { receiver, port, lines, warnings, warning };
}

async function sender(t: Test, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends without a turn of the event loop in between: nothing is read meanwhile, as `send()` of a connected socket is tried at once. */
const sendAll = (socket: Socket, lines: readonly string[]) => {
  for (const line of lines) socket.send(line);
};

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n}`);

t.test('UdpReceiver reads what the kernel holds before it stops, in its order', async (t) => {
  const { receiver, port, lines, warnings } = await receiving(t);
  const all = numbered('line', 150);
  sendAll(await sender(t, port), all);
  t.same(lines, [], 'nothing is read yet');
  await receiver.stop();
  t.same(lines, all);
  t.same(
    warnings.filter((each) => each.includes('still came')),
    [],
  );
});

t.test('UdpReceiver does not wait for a flood to end, and says what that means', async (t) => {
  const { receiver, port, warnings, lines } = await receiving(t, { drainMs: 50 });
  const socket = await sender(t, port);
  let floods = true;
  const flood = () => {
    if (!floods) return;
    sendAll(socket, numbered('flood', 40));
    setImmediate(flood);
  };
  flood();
  socket.on('error', () => {});
  await receiver.stop();
  floods = false;
  t.ok(lines.length > 40);
  t.match(warnings.at(-1), /still came/);
});

t.test(
  'UdpReceiver: after drops a flood costs its own lines only',
  { skip: !isLinux && 'no /proc/net/udp' },
  async (t) => {
    const { receiver, port, lines, warning } = await receiving(t, { sockets: 64 });
    const flooder = await sender(t, port);
    const overflow = () => sendAll(flooder, numbered('flood', 20_000));
    overflow();
    t.ok(((await kernelDrops(port)) ?? 0) > 0, 'the buffer of the one socket is full');
    await warning(/64 sockets share/);
    // Everything of the flood is read, and the other sockets are open.
    while (lines.length > 0) {
      lines.length = 0;
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    const others = await Promise.all(
      numbered('device', 100).map(async (name) => [name, await sender(t, port)] as const),
    );
    overflow();
    for (const [name, socket] of others) sendAll(socket, [name]);
    await receiver.stop();
    const arrived = others.filter(([name]) => lines.includes(name)).length;
    t.ok(arrived >= 90, `${arrived} of 100 devices have another socket than the flood`);
    t.ok(lines.length < 20_000, 'the flood lost lines');
    t.same(new Set(lines).size, lines.length, 'each line came once');
  },
);

t.test('UdpReceiver: a port in use is refused, and nothing stays open', async (t) => {
  const other = createSocket('udp4');
  t.teardown(() => other.close());
  other.bind(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address();
  const receiver = new UdpReceiver({
    ...{ key: 'syslog.udp', address: { host: '127.0.0.1', port }, intake: {} as Intake, warn: () => {} },
    senders: new Senders({ allow, relays, proxy, perSource }),
  });
  await t.rejects(receiver.start(), { code: 'QVW_ADDRESS_IN_USE', message: /syslog\.udp/ });
  await receiver.stop();
});
