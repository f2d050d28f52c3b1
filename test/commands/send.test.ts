import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import t, { type Test } from 'tap';
import { openSender, send } from '../../src/commands/send.ts';
import { streamSender } from '../../src/commands/stream-sender.ts';
import type { Intake, Receiver } from '../../src/receive/receiver.ts';
import { StreamReceiver } from '../../src/receive/stream.ts';
import { UdpReceiver } from '../../src/receive/udp.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';

const LINES = [BODIES.callHome205, BODIES.commFailed, BODIES.chatter].map((body, i) => `<187>${i}: sw-a: ${body}`);

function fileOf(t: Test, lines: readonly string[] = LINES): string {
  const file = join(temporaryDirectory(t), 'lines.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** One of the project's receivers, and the records that it took with their framing. */
async function receiving(t: Test, kind: 'udp' | 'tcp' | { tls: TlsOptions }) {
  const records: string[] = [];
  let took = () => {};
  const intake: Intake = {
    take: ({ bytes, start, end, framing }) => {
      records.push(`${framing} ${bytes.toString('utf8', start, end)}`);
      took();
    },
    received: () => {},
    drop: () => {},
    connections: () => {},
    hasCapacity: true,
    onCapacity: () => () => {},
  };
  const address = { host: '127.0.0.1', port: 0 };
  const options = { key: 'syslog', address, allows: () => true, intake, warn: () => {} };
  const receiver: Receiver =
    kind === 'udp'
      ? new UdpReceiver(options)
      : new StreamReceiver({ ...options, transport: 'tcp', ...(kind === 'tcp' ? {} : kind) });
  const { port } = await receiver.start();
  t.teardown(() => receiver.stop());
  const taken = async () => {
    while (records.length < LINES.length) {
      await new Promise<void>((resolve) => {
        took = resolve;
      });
    }
    return records;
  };
  return { to: `127.0.0.1:${port}`, taken };
}

/** What a command says, on a terminal or on none. */
function screen(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough;
  return { stream, text: () => String(stream.read() ?? '') };
}

const framed = (...framings: readonly string[]) => LINES.map((line, index) => `${framings[index]} ${line}`);

t.test('send() plays lines by UDP and by each framing of TCP', async (t) => {
  const file = fileOf(t);
  for (const [way, records] of [
    [{ transport: 'udp' }, framed('datagram', 'datagram', 'datagram')],
    [{ transport: 'tcp' }, framed('lf', 'lf', 'lf')],
    [{ transport: 'tcp', framing: 'lf' }, framed('lf', 'lf', 'lf')],
    [{ transport: 'tcp', framing: 'octet-counting' }, framed('octet-counting', 'octet-counting', 'octet-counting')],
    [{ transport: 'tcp', framing: 'unframed' }, framed('unframed', 'unframed', 'end')],
  ] as const) {
    const { to, taken } = await receiving(t, way.transport);
    const { stream, text } = screen(false);
    await send([file], { ...way, to, rate: 0 }, stream);
    t.same(await taken(), records, JSON.stringify(way));
    t.match(text(), new RegExp(`^sent 3 lines by ${way.transport} to ${to} in \\d+\\.\\d s\\n$`));
  }
});

t.test('send() plays lines over TLS, to whom it trusts or need not', { skip: withoutOpenssl }, async (t) => {
  const { cert, key } = certificate(temporaryDirectory(t), 'server');
  const tls = { cert: readFileSync(cert), key: readFileSync(key) };
  const counted = framed('octet-counting', 'octet-counting', 'octet-counting');
  for (const [way, records] of [
    [{ ca: cert }, counted],
    [{ insecure: true }, counted],
    [{ ca: cert, framing: 'lf' }, framed('lf', 'lf', 'lf')],
  ] as const) {
    const { to, taken } = await receiving(t, { tls });
    await send([fileOf(t)], { transport: 'tls', ...way, to, rate: 0 }, screen(false).stream);
    t.same(await taken(), records, JSON.stringify(way));
  }
  const { to } = await receiving(t, { tls });
  await t.rejects(send([fileOf(t)], { transport: 'tls', to, rate: 0 }, screen(false).stream), {
    code: 'QVW_SEND_FAILED',
    message: /cannot be reached \(self-signed certificate.*\): name the certificate of its CA by --ca/,
  });
});

t.test('send() shows on a terminal how far it is, and stops that with the sending', async (t) => {
  const { to } = await receiving(t, 'tcp');
  const shown = screen(true);
  await send([fileOf(t)], { transport: 'tcp', to, rate: 0 }, shown.stream);
  t.match(shown.text(), /100 % \| 3 lines \| [\s\S]*sent 3 lines by tcp/);
  const broken = screen(true);
  const way = { transport: 'tcp', framing: 'unframed', to, rate: 0 } as const;
  await t.rejects(send([fileOf(t, [LINES[0] ?? '', 'no PRI'])], way, broken.stream), {
    code: 'QVW_USAGE',
    message: /the line "no PRI" has no PRI, which --framing unframed needs: use lf/,
  });
  t.match(broken.text(), /1 lines/, 'and nothing of it keeps the process');
});

/** A listener that does with a connection what the test wants. */
async function listener(t: Test, accept: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    accept(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** More than the kernel takes. */
const HUGE = Buffer.alloc(32 * 1024 * 1024, 'x');

t.test('openSender() waits for a slow reader with the same ears each time', async (t) => {
  const warned: Error[] = [];
  const warn = (warning: Error) => warned.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.off('warning', warn));
  const sender = await openSender('tcp', await listener(t, (socket) => socket.resume()));
  for (let i = 0; i < 20; i++) await sender.line(HUGE.subarray(0, HUGE.length / 4));
  await sender.end();
  await new Promise((resolve) => setImmediate(resolve));
  t.same(warned, []);
});

t.test('openSender() reports of a connection that is reset while it waits, and of one that is closed', async (t) => {
  const ended = { code: 'QVW_SEND_FAILED', message: /the connection to 127\.0\.0\.1:\d+ ended early \(.*\)/ };
  const reset = await openSender(
    'tcp',
    await listener(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
  );
  await t.rejects(reset.line(HUGE), ended);
  await t.rejects(reset.line(HUGE), ended);
  await t.rejects(reset.end(), ended);
  const last = await openSender(
    'tcp',
    await listener(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
  );
  const line = last.line(HUGE).catch((error) => error);
  await t.rejects(last.end(), ended, 'also at its end');
  t.match(await line, ended);
});

t.test('streamSender() does not wait for a handshake that nobody answers', async (t) => {
  const target = await listener(t, (socket) => socket.resume());
  await t.rejects(streamSender({ target, framing: 'lf', tls: {}, handshakeMs: 20 }), {
    code: 'QVW_SEND_FAILED',
    message: /no answer within 20 ms/,
  });
});
