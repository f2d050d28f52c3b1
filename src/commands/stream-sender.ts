import { once } from 'node:events';
import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { OperatingError } from '../errors.ts';
import { adviceFor, nameFor } from './connecting.ts';
import { type Sender, type Target, unreached } from './sender.ts';

const LF = Buffer.from('\n');
/**
 * How the end of a line is marked. `lf`: RFC 6587 §3.4.2. `octet-counting`: RFC 6587 §3.4.1 and RFC 5425 §4.3.
 * `unframed`: not at all, as IOS sends.
 */
const FRAMED = {
  lf: (bytes: Buffer) => Buffer.concat([bytes, LF]),
  'octet-counting': (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length} `), withPri(bytes, 'octet-counting')]),
  unframed: (bytes: Buffer) => withPri(bytes, 'unframed'),
} as const;
export type StreamFraming = keyof typeof FRAMED;

type Options = {
  readonly target: Target;
  readonly framing: StreamFraming;
  /** Null: plain TCP. */
  readonly tls: ConnectionOptions | null;
  /** Time limit for connecting; for tests. */
  readonly handshakeMs?: number;
};

const HANDSHAKE_MS = 10_000;

/** Connects to a syslog port over TCP or TLS. */
export async function streamSender({ target, framing, tls, handshakeMs = HANDSHAKE_MS }: Options): Promise<Sender> {
  const socket = tls === null ? connect({ ...target }) : connectTls({ ...target, ...nameFor(target.host), ...tls });
  let broken: Error | null = null;
  let resume = () => {};
  socket.on('error', (error) => {
    broken = error;
  });
  for (const event of ['drain', 'close']) socket.on(event, () => resume());
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.setTimeout(handshakeMs, () => socket.destroy(new Error(`no answer within ${handshakeMs} ms`)));
  try {
    await once(socket, tls === null ? 'connect' : 'secureConnect');
  } catch (error) {
    throw unreached(target, error as Error, adviceFor(socket));
  }
  socket.setTimeout(0);
  // Syslog has no answers. Incoming bytes are read and discarded: only then the end of the connection is seen.
  socket.resume();
  const check = () => {
    if (broken !== null || socket.destroyed) throw brokenOff(target, broken ?? new Error('it was closed'));
  };
  return {
    line: async (bytes) => {
      check();
      if (socket.write(FRAMED[framing](bytes))) return;
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
      check();
    },
    end: async () => {
      socket.end();
      await closed;
      if (broken !== null) throw brokenOff(target, broken);
    },
    close: () => socket.destroy(),
  };
}

function brokenOff({ host, port }: Target, error: Error): OperatingError {
  return new OperatingError(
    'QVW_SEND_FAILED',
    `the connection to ${host}:${port} ended early (${error.message}): see the log of the receiver`,
    { cause: error },
  );
}

/** Without line ends the receiver finds the start of a line by its PRI. */
function withPri(bytes: Buffer, framing: string): Buffer {
  if (/^<\d{1,3}>/.test(bytes.toString('latin1', 0, 5))) return bytes;
  const shown = JSON.stringify(bytes.toString('utf8', 0, 40));
  throw new OperatingError(
    'QVW_USAGE',
    `the line ${shown} has no PRI, which --framing ${framing} needs: use --framing lf`,
  );
}
