import { once } from 'node:events';
import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type RelpFrame, RelpFramer, relpFrame } from '../core/frame/relp.ts';
import { OperatingError } from '../errors.ts';
import { adviceFor, nameFor } from './connecting.ts';
import { type Sender, type Target, unreached } from './sender.ts';

const OFFERS = 'relp_version=0\nrelp_software=quovadis-watch\ncommands=syslog';
/** So many lines may be without an answer, as with librelp. */
const WINDOW = 128;
/** The number behind this one is 1 again. */
const LAST_TXNR = 999_999_999;
const ANSWER_MS = 10_000;

type Options = {
  readonly target: Target;
  /** Null: without TLS. */
  readonly tls: ConnectionOptions | null;
  /** Time limit for connecting and for the answer to `open`; for tests. */
  readonly answerMs?: number;
};

/** Connects to a receiver of RELP. `end()` resolves once all lines are answered; a line that is refused is an error. */
export async function relpSender({ target, tls, answerMs = ANSWER_MS }: Options): Promise<Sender> {
  const socket = tls === null ? connect({ ...target }) : connectTls({ ...target, ...nameFor(target.host), ...tls });
  const framer = new RelpFramer();
  const unanswered = new Set<number>();
  let txnr = 0;
  let failure: Error | null = null;
  let wake = () => {};
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const failed = (error: Error) => {
    failure ??= error;
    socket.destroy();
    wake();
  };
  const take = ({ txnr: answered, command, bytes, start, end }: RelpFrame) => {
    const text = bytes.toString('latin1', start, end);
    if (command === 'serverclose') failed(new Error('it was stopped'));
    else if (command === 'rsp' && !text.startsWith('200')) failed(new Error(`it said: ${text.split('\n')[0]}`));
    else unanswered.delete(answered);
  };
  socket.on('error', failed);
  socket.on('close', () => wake());
  socket.on('data', (chunk: Buffer) => {
    for (const frame of framer.push(chunk)) take(frame);
    if (framer.broken !== null) failed(new Error('its answer is no RELP'));
    wake();
  });
  const send = (command: string, data: Buffer | string = '') => {
    txnr = txnr === LAST_TXNR ? 1 : txnr + 1;
    unanswered.add(txnr);
    socket.write(relpFrame(txnr, command, data));
  };
  /** Waits until at most so many frames are without an answer, or no answer comes any more. */
  const until = async (most: number) => {
    while (unanswered.size > most && failure === null && !socket.destroyed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const answered = async (most: number) => {
    await until(most);
    if (failure === null && unanswered.size <= most) return;
    const { host, port } = target;
    const why = (failure ?? new Error('it was closed')).message;
    throw new OperatingError(
      'QVW_SEND_FAILED',
      `${host}:${port} did not take ${unanswered.size} of the lines (${why}): see the log of the receiver`,
      { cause: failure },
    );
  };
  socket.setTimeout(answerMs, () => failed(new Error(`no answer within ${answerMs} ms`)));
  try {
    await once(socket, tls === null ? 'connect' : 'secureConnect');
    send('open', OFFERS);
    await until(0);
    if (unanswered.size > 0) throw failure ?? new Error('it was closed');
  } catch (error) {
    socket.destroy();
    throw unreached(target, error as Error, adviceFor(socket) ?? 'is a receiver of RELP listening on this address?');
  }
  socket.setTimeout(0);
  return {
    line: async (bytes) => {
      await answered(WINDOW - 1);
      send('syslog', bytes);
    },
    end: async () => {
      await answered(0);
      // The answer is not waited for: all lines are answered.
      socket.end(relpFrame(txnr + 1, 'close'));
      await closed;
    },
    close: () => socket.destroy(),
  };
}
