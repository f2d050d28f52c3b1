import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { openSender, send } from '../../src/commands/send.ts';
import { streamSender } from '../../src/commands/stream-sender.ts';
import type { Intake, Receiver } from '../../src/receive/receiver.ts';
import { StreamReceiver } from '../../src/receive/stream.ts';
import { UdpReceiver } from '../../src/receive/udp.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { senders } from '../receive/any-sender.ts';
import { certificate, withoutOpenssl } from '../receive/certificate.ts';

const LINES = [BODIES.callHome205, BODIES.commFailed, BODIES.chatter].map((body, i) => `<187>${i}: sw-a: ${body}`);

function fileOf(t: Test, lines: readonly string[] = LINES): string {
  const file = join(temporaryDirectory(t), 'lines.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** A receiver of the project, and the records that it received, each with its framing. */
async function receiving(
  t: Test,
  kind: 'udp' | 'tcp' | { tls: { cert: Buffer; key: Buffer; ca: null; peers: string[] } },
) {
  const records: string[] = [];
  let onRecord = () => {};
  const intake: Intake = {
    take: ({ bytes, start, end, framing }) => {
      records.push(`${framing} ${bytes.toString('utf8', start, end)}`);
      onRecord();
      return 'counted';
    },
    kept: 0,
    isStored: () => true,
    onStored: () => () => {},
    received: () => {},
    drop: () => {},
    denied: () => {},
    connections: () => {},
    misnamed: () => {},
    hasCapacity: () => true,
    onCapacity: () => () => {},
  };
  const address = { host: '127.0.0.1', port: 0 };
  const receiverOptions = { key: 'syslog', address, senders: senders(), intake, warn: () => {} };
  const receiver: Receiver =
    kind === 'udp'
      ? new UdpReceiver(receiverOptions)
      : new StreamReceiver({ ...receiverOptions, transport: 'tcp', ...(kind === 'tcp' ? {} : kind) });
  const { port } = await receiver.start();
  t.teardown(() => receiver.stop());
  const received = async () => {
    while (records.length < LINES.length) {
      await new Promise<void>((resolve) => {
        onRecord = resolve;
      });
    }
    return records;
  };
  return { to: `127.0.0.1:${port}`, received };
}

/** A terminal or a plain stream, and the text that a command wrote to it. */
function screen(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough;
  return { stream, text: () => String(stream.read() ?? '') };
}

const framed = (...framings: readonly string[]) => LINES.map((line, index) => `${framings[index]} ${line}`);

t.test('send() sends lines over UDP and in each framing over TCP', async (t) => {
  const file = fileOf(t);
  for (const [options, records] of [
    [{ transport: 'udp' }, framed('datagram', 'datagram', 'datagram')],
    [{ transport: 'tcp' }, framed('lf', 'lf', 'lf')],
    [{ transport: 'tcp', framing: 'lf' }, framed('lf', 'lf', 'lf')],
    [{ transport: 'tcp', framing: 'octet-counting' }, framed('octet-counting', 'octet-counting', 'octet-counting')],
    [{ transport: 'tcp', framing: 'unframed' }, framed('unframed', 'unframed', 'end')],
  ] as const) {
    const { to, received } = await receiving(t, options.transport);
    const { stream, text } = screen(false);
    await send([file], { ...options, to, rate: 0 }, stream);
    t.same(await received(), records, JSON.stringify(options));
    t.match(text(), new RegExp(`^sent 3 lines by ${options.transport} to ${to} in \\d+\\.\\d s\\n$`));
  }
});

t.test(
  'send() sends lines over TLS to a trusted receiver, or with insecure to any receiver',
  { skip: withoutOpenssl },
  async (t) => {
    const { cert, key } = certificate(temporaryDirectory(t), 'server');
    const tls = { cert: readFileSync(cert), key: readFileSync(key), ca: null, peers: [] };
    const counted = framed('octet-counting', 'octet-counting', 'octet-counting');
    for (const [options, records] of [
      [{ ca: cert }, counted],
      [{ insecure: true }, counted],
      [{ ca: cert, framing: 'lf' }, framed('lf', 'lf', 'lf')],
    ] as const) {
      const { to, received } = await receiving(t, { tls });
      await send([fileOf(t)], { transport: 'tls', ...options, to, rate: 0 }, screen(false).stream);
      t.same(await received(), records, JSON.stringify(options));
    }
    const { to } = await receiving(t, { tls });
    await t.rejects(send([fileOf(t)], { transport: 'tls', to, rate: 0 }, screen(false).stream), {
      code: 'QVW_SEND_FAILED',
      message: /cannot be reached \(self-signed certificate.*\): give the CA of this receiver with --ca/,
    });
  },
);

t.test('send() shows a progress bar on a terminal, and stops the bar at the end and on failure', async (t) => {
  const { to } = await receiving(t, 'tcp');
  const shown = screen(true);
  await send([fileOf(t)], { transport: 'tcp', to, rate: 0 }, shown.stream);
  t.match(shown.text(), /100 % \| 3 lines \| [\s\S]*sent 3 lines by tcp/);
  const broken = screen(true);
  const options = { transport: 'tcp', framing: 'unframed', to, rate: 0 } as const;
  await t.rejects(send([fileOf(t, [LINES[0] ?? '', 'no PRI'])], options, broken.stream), {
    code: 'QVW_USAGE',
    message: /the line "no PRI" has no PRI, which --framing unframed needs: use --framing lf/,
  });
  t.match(broken.text(), /1 lines/, 'the bar is stopped, so the process can end');
});

/** A listener that hands each connection to the test. */
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

/** More than the socket buffers of the kernel hold. */
const HUGE = Buffer.alloc(32 * 1024 * 1024, 'x');

t.test('openSender() waits for a slow reader without adding listeners', async (t) => {
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

t.test('openSender() fails when the connection is reset, while a line waits and after it is closed', async (t) => {
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

t.test('streamSender() gives up a TLS handshake without an answer', async (t) => {
  const target = await listener(t, (socket) => socket.resume());
  await t.rejects(streamSender({ target, framing: 'lf', tls: {}, handshakeMs: 20 }), {
    code: 'QVW_SEND_FAILED',
    message: /no answer within 20 ms/,
  });
});
