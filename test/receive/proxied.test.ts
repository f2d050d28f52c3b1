import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { relpFrame } from '../../src/core/frame/relp.ts';
import type { LiveTransport } from '../../src/core/model/message.ts';
import type { Intake } from '../../src/receive/receiver.ts';
import { readRelp } from '../../src/receive/relp-session.ts';
import { type SenderSettings, Senders } from '../../src/receive/senders.ts';
import { StreamReceiver } from '../../src/receive/stream.ts';
import { temporaryDirectory } from '../given.ts';
import { anySender } from './any-sender.ts';
import { certificate, withoutOpenssl as skip } from './certificate.ts';
import { binaryHeader, textHeader } from './proxy-headers.ts';
import { OFFERS, relpClient } from './relp-client.ts';

const anyCertificate = { rejectUnauthorized: false };
const LOOPBACK = '127.0.0.1';
const behindProxy = { ...anySender, proxy: ['127.0.0.0/8'] };

/** A receiver of this transport, what it took as `PEER LINE`, and what it denied as `REASON PEER`. */
async function receiving(t: Test, transport: LiveTransport, settings: SenderSettings = behindProxy, withTls = false) {
  const taken: string[] = [];
  const denied: string[] = [];
  let changed = () => {};
  const intake: Intake = {
    take: ({ bytes, start, end }, peer) => {
      taken.push(`${peer} ${bytes.toString('latin1', start, end)}`);
      changed();
      return 'counted';
    },
    drop: (_transport, reason) => {
      denied.push(reason);
      changed();
    },
    denied: (_transport, reason, peer) => {
      denied.push(`${reason} ${peer}`);
      changed();
    },
    ...{ kept: 0, isStored: () => true, hasCapacity: () => true, received: () => {}, connections: () => {} },
    misnamed: () => {},
    ...{ onStored: () => () => {}, onCapacity: () => () => {} },
  };
  const senders = new Senders(settings);
  const files = withTls ? certificate(temporaryDirectory(t), 'server') : null;
  const tls =
    files === null
      ? {}
      : { tls: { cert: readFileSync(files.cert), key: readFileSync(files.key), ca: null, peers: [] } };
  const receiver = new StreamReceiver({
    ...{ transport, key: `syslog.${transport}`, address: { host: LOOPBACK, port: 0 }, senders, intake },
    ...{ warn: () => {}, ...(transport === 'relp' ? { read: readRelp } : {}), ...tls },
  });
  const { port } = await receiver.start();
  t.teardown(() => receiver.stop());
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  };
  return { port, taken, denied, until, senders };
}

async function client(t: Test, port: number): Promise<Socket> {
  const socket = connect(port, LOOPBACK);
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A balancer before this port; `together`: its header and the first bytes of the client are one piece. */
async function balancer(t: Test, port: number, header: Buffer, together: boolean): Promise<number> {
  const server = createServer((front) => {
    const back = connect(port, LOOPBACK);
    for (const [socket, other] of [
      [front, back],
      [back, front],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', () => other.destroy());
    }
    if (!together) back.write(header);
    front.once('data', (first) => {
      back.write(together ? Buffer.concat([header, first]) : first);
      front.pipe(back);
    });
    back.pipe(front);
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const gone = (socket: Socket) => new Promise<void>((resolve) => socket.resume().once('close', () => resolve()));

t.test('a line behind a PROXY header is of the address in it', async (t) => {
  for (const [header, peer] of [
    [textHeader('192.0.2.7'), '192.0.2.7'],
    [textHeader('2001:DB8:0:0::7'), '2001:db8::7'],
    [textHeader('::ffff:192.0.2.9'), '192.0.2.9'],
    [binaryHeader({ source: '192.0.2.8', tlvs: 40 }), '192.0.2.8'],
    [binaryHeader({ source: '2001:db8:0:0:0:0:0:8' }), '2001:db8::8'],
    [binaryHeader({ source: '0:0:0:0:0:ffff:c000:20a' }), '192.0.2.10'],
    [binaryHeader({ source: null, command: 0 }), LOOPBACK],
    [Buffer.from('PROXY UNKNOWN\r\n'), LOOPBACK],
  ] as const) {
    const { port, taken, denied, until } = await receiving(t, 'tcp');
    const socket = await client(t, port);
    socket.write(Buffer.concat([header, Buffer.from('<187>first\n')]));
    await until(() => taken.length === 1);
    socket.end('<187>second\n');
    await until(() => taken.length === 2);
    t.same(taken, [`${peer} <187>first`, `${peer} <187>second`]);
    t.same(denied, []);
  }
});

t.test('a PROXY header may come in pieces', async (t) => {
  const { port, taken, until } = await receiving(t, 'tcp');
  const whole = Buffer.concat([binaryHeader({ source: '192.0.2.8', tlvs: 3 }), Buffer.from('<187>first\n')]);
  const socket = await client(t, port);
  socket.setNoDelay();
  for (const byte of whole) await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  await until(() => taken.length === 1);
  t.same(taken, ['192.0.2.8 <187>first']);
});

t.test('TLS and RELP begin behind the PROXY header', { skip }, async (t) => {
  for (const header of [textHeader('192.0.2.7'), binaryHeader({ source: '192.0.2.7' })]) {
    for (const together of [true, false]) {
      const { port, taken, denied, until } = await receiving(t, 'tls', behindProxy, true);
      const socket = connectTls({ host: LOOPBACK, port: await balancer(t, port, header, together), ...anyCertificate });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.end('<187>by TLS\n');
      await until(() => taken.length === 1);
      t.same([taken, denied], [['192.0.2.7 <187>by TLS'], []]);
    }
    for (const withTls of [false, true]) {
      const { port, taken, until } = await receiving(t, 'relp', behindProxy, withTls);
      const raw = await client(t, port);
      raw.write(header);
      const socket = withTls ? connectTls({ socket: raw, ...anyCertificate }) : raw;
      const { open, send, answered } = await relpClient(port, socket);
      await open();
      send(2, 'syslog', '<187>by RELP');
      await until(() => taken.length === 1);
      t.equal((await answered(2))[1], '2 rsp 200 OK');
      t.same(taken, ['192.0.2.7 <187>by RELP']);
    }
  }
});

t.test('header, handshake and a frame may come as one piece', async (t) => {
  const { port, taken, until } = await receiving(t, 'relp');
  const socket = await client(t, port);
  const frames = [textHeader('192.0.2.7'), relpFrame(1, 'open', OFFERS), relpFrame(2, 'syslog', '<187>a')];
  socket.write(Buffer.concat(frames));
  await until(() => taken.length === 1);
  t.same(taken, ['192.0.2.7 <187>a']);
});

t.test('a balancer that sends no PROXY header is closed and counted', async (t) => {
  for (const bytes of [
    Buffer.from('<187>first\n'),
    Buffer.from('PROXY TCP6 2001:db8:::7 2001:db8::1 1 2\r\n<187>first\n'),
    Buffer.from('PROXY TCP4 192.0.2.7\r\n<187>first\n'),
    Buffer.alloc(0),
  ]) {
    const { port, taken, denied, until } = await receiving(t, 'tcp');
    const socket = await client(t, port);
    const closed = gone(socket);
    if (bytes.length > 0) socket.write(bytes);
    else socket.end();
    await until(() => denied.length === 1);
    await closed;
    t.same([taken, denied], [[], ['proxy 127.0.0.1']]);
  }
});

t.test('a balancer that checks the port, and says so, is not counted', { skip }, async (t) => {
  for (const [transport, withTls] of [
    ['tcp', false],
    ['tls', true],
    ['relp', true],
  ] as const) {
    const { port, denied } = await receiving(t, transport, { ...behindProxy, allow: ['192.0.2.0/24'] }, withTls);
    const socket = await client(t, port);
    socket.end(binaryHeader({ source: null, command: 0 }));
    await gone(socket);
    t.same(denied, [], transport);
  }
});

t.test('another sender is not heard with a PROXY header', async (t) => {
  const { port, taken, until } = await receiving(t, 'tcp', { ...anySender, proxy: ['192.0.2.1/32'] });
  const socket = await client(t, port);
  socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n<187>first\n');
  await until(() => taken.length === 2);
  t.same(taken, ['127.0.0.1 PROXY TCP4 192.0.2.7 192.0.2.1 1 2', '127.0.0.1 <187>first']);
});

t.test('syslog.allow and the bounds of a sender are those of the address in the header', async (t) => {
  const settings = {
    ...behindProxy,
    allow: ['192.0.2.0/24'],
    perSource: { ...anySender.perSource, connections: 1 },
  };
  const { port, taken, denied, until, senders } = await receiving(t, 'tcp', settings);
  const open = async (source: string) => {
    const socket = await client(t, port);
    socket.write(Buffer.concat([textHeader(source), Buffer.from('<187>a\n')]));
    return socket;
  };
  const first = await open('192.0.2.7');
  await until(() => taken.length === 1);
  await gone(await open('192.0.2.7'));
  await gone(await open('198.51.100.7'));
  t.same(denied, ['per_source 192.0.2.7', 'allow 198.51.100.7']);
  const second = await open('192.0.2.8');
  await until(() => taken.length === 2);
  // The place of a connection is free once it is closed.
  first.destroy();
  while (senders.connect('192.0.2.7') !== null) await new Promise((resolve) => setImmediate(resolve));
  senders.disconnect('192.0.2.7');
  senders.configure({ ...settings, allow: ['192.0.2.7'] });
  second.write('<187>b\n');
  await until(() => denied.length === 3);
  t.equal(denied[2], 'denied', 'a line of an address that may not send any more');
});
