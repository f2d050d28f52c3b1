import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Address, Intake } from '../../src/receive/receiver.ts';
import { canSharePort } from '../../src/receive/shared-port.ts';
import { StreamReceiver } from '../../src/receive/stream.ts';
import { yieldToEventLoop } from '../../src/yield-to-event-loop.ts';
import { senders } from './any-sender.ts';

/** A receiver with bounds of its own, and what it reported. */
async function receiving(
  t: Test,
  bounds: { connections?: number; idleMs?: number; flushMs?: number; drainMs?: number; address?: Address },
) {
  const lines: string[] = [];
  const dropped: string[] = [];
  let took: () => void = () => {};
  let starve: (() => void) | null = null;
  const gate = { open: 0, hasCapacity: true, paused: () => starve !== null, feed: () => starve?.() };
  const intake: Intake = {
    take: ({ bytes, start, end }) => {
      lines.push(bytes.toString('utf8', start, end));
      took();
      return 'counted';
    },
    kept: 0,
    isStored: () => true,
    onStored: () => () => {},
    received: () => {},
    drop: (_transport, reason, count) => dropped.push(`${reason} ${count}`),
    denied: (_transport, reason) => dropped.push(reason),
    connections: (_transport, open) => {
      gate.open = open;
    },
    misnamed: () => {},
    hasCapacity: () => gate.hasCapacity,
    onCapacity: (_peer, callback) => {
      starve = callback;
      return () => {
        starve = () => {};
      };
    },
  };
  const receiver = new StreamReceiver({
    transport: 'tcp',
    key: 'syslog.tcp',
    address: { host: '127.0.0.1', port: 0 },
    senders: senders(),
    intake,
    warn: () => {},
    ...bounds,
  });
  const { port } = await receiver.start();
  t.teardown(() => receiver.stop());
  const line = async (count: number) => {
    while (lines.length < count) {
      await new Promise<void>((resolve) => {
        took = resolve;
      });
    }
    return lines;
  };
  return { port, lines, dropped, line, gate, receiver };
}

async function client(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

t.test('StreamReceiver refuses connections beyond its bound, and counts them', async (t) => {
  const { port, dropped, line } = await receiving(t, { connections: 2 });
  const kept = [await client(port), await client(port)];
  for (const [index, socket] of kept.entries()) {
    socket.write(`${index}\n`);
    await line(index + 1);
  }
  const refused = await client(port);
  await once(refused, 'close');
  t.same(dropped, ['limit']);
  for (const socket of kept) socket.destroy();
});

t.test('StreamReceiver knows a connection whose sender had another one from the same port before', async (t) => {
  const { port, gate, line, receiver } = await receiving(t, { drainMs: 60_000 });
  const first = await Promise.all(Array.from({ length: 20 }, () => client(port)));
  for (const [index, socket] of first.entries()) {
    socket.write(`${index}\n`);
    await line(index + 1);
  }
  // All of it within one turn of the event loop: the receiver accepts the next one before it hears of the reset.
  const ports = first.map(({ localPort }) => localPort as number);
  for (const socket of first) socket.resetAndDestroy();
  const next = ports.map((localPort) => connect({ port, host: '127.0.0.1', localPort }));
  for (const socket of next) socket.on('error', () => {});
  await Promise.all(next.map((socket) => once(socket, 'connect')));
  for (const socket of next) socket.write('again\n');
  await line(first.length + next.length);
  t.equal(gate.open, next.length);
  const closed = next.map((socket) => once(socket, 'close'));
  await receiver.stop();
  t.equal(gate.open, 0, 'a stop knows all of them');
  await Promise.all(closed);
});

t.test('StreamReceiver closes a connection that says nothing, and keeps its last words', async (t) => {
  const { port, line } = await receiving(t, { idleMs: 20 });
  const socket = await client(port);
  socket.write('without an end');
  await once(socket, 'close');
  t.same(await line(1), ['without an end']);
});

t.test('StreamReceiver lets a sender wait while the queue is full, and loses nothing', async (t) => {
  const { port, line, lines, gate } = await receiving(t, {});
  gate.hasCapacity = false;
  const socket = await client(port);
  socket.write('first\n');
  await line(1);
  t.equal(gate.paused(), true);
  socket.write('second\n');
  gate.hasCapacity = true;
  gate.feed();
  await line(2);
  t.same(lines, ['first', 'second']);
  socket.destroy();
});

t.test('StreamReceiver waits for a sender that it does not read', async (t) => {
  const { port, line, lines, gate } = await receiving(t, { idleMs: 40, flushMs: 5 });
  gate.hasCapacity = false;
  const socket = await client(port);
  socket.write('<1>a: first<1>a: half of ');
  await line(1);
  t.equal(gate.paused(), true);
  socket.write('the second<1>a: third');
  // The time of one that says nothing ends later than all of the other's times would have.
  await once(await client(port), 'close');
  t.same(lines, ['<1>a: first'], 'nothing is read, and no half of a record is taken for one');
  gate.hasCapacity = true;
  gate.feed();
  await line(3);
  t.same(lines, ['<1>a: first', '<1>a: half of the second', '<1>a: third'], 'its connection was kept');
  socket.destroy();
});

t.test('StreamReceiver.stop() has taken the last words of every connection', async (t) => {
  const { port, line, lines, receiver } = await receiving(t, { flushMs: 60_000 });
  const socket = await client(port);
  socket.write('<1>a: first<1>a: second');
  await line(1);
  await receiver.stop();
  t.same(lines, ['<1>a: first', '<1>a: second']);
});

t.test('StreamReceiver bounds its connections: the oldest that has sent nothing gives way', async (t) => {
  const { port, dropped, line, lines, receiver } = await receiving(t, { connections: 3 });
  const sending = await client(port);
  sending.write('first\n');
  await line(1);
  const silent = [await client(port), await client(port)];
  const further = await client(port);
  await once(silent[0] as Socket, 'close');
  t.same(dropped, ['limit']);
  further.write('second\n');
  sending.write('third\n');
  await line(3);
  t.same(lines.toSorted(), ['first', 'second', 'third']);
  await receiver.stop();
});

t.test('StreamReceiver.stop() reads what the kernel has acknowledged', async (t) => {
  const { port, lines, receiver } = await receiving(t, { connections: 3 });
  const socket = await client(port);
  const sent = Array.from({ length: 9000 }, (_, index) => `<1>a: line ${index}\n`);
  await new Promise((resolve) => socket.write(sent.join(''), resolve));
  await receiver.stop();
  t.equal(lines.length, 9000);
  socket.destroy();
});

t.test('StreamReceiver.stop() does not wait for ever for a sender that goes on', async (t) => {
  const { port, line, receiver } = await receiving(t, { drainMs: 50 });
  const socket = await client(port);
  socket.on('error', () => {});
  socket.write('first\n');
  await line(1);
  const flood = setInterval(() => socket.write('again\n'), 5);
  await receiver.stop();
  clearInterval(flood);
  t.pass('it has stopped');
});

t.test(
  'StreamReceiver refuses a port that another program listens on, though it would share it',
  { skip: !canSharePort },
  async (t) => {
    const other = createServer();
    other.listen({ port: 0, host: '127.0.0.1', reusePort: true });
    await once(other, 'listening');
    t.teardown(() => other.close());
    const { port } = other.address() as AddressInfo;
    await t.rejects(receiving(t, { address: { host: '127.0.0.1', port } }), { code: 'QVW_ADDRESS_IN_USE' });
  },
);

t.test('StreamReceiver accepts several connections in a turn of the event loop', { skip: !canSharePort }, async (t) => {
  const CONNECTIONS = 64;
  const { port, gate } = await receiving(t, { connections: CONNECTIONS });
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  let turns = 0;
  for (; gate.open < CONNECTIONS; turns++) await yieldToEventLoop();
  t.ok(turns < CONNECTIONS, `${CONNECTIONS} connections in ${turns} turns`);
});
