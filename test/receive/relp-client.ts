import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { RelpFramer, relpFrame } from '../../src/core/frame/relp.ts';

export const OFFERS = 'relp_version=0\nrelp_software=test\ncommands=syslog';

/** A RELP client, as far as a test needs one. `socket`: connected already, for TLS; otherwise to this port. */
export async function relpClient(port: number, socket: Socket = connect(port, '127.0.0.1')) {
  const framer = new RelpFramer();
  const answers: string[] = [];
  let told = () => {};
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (socket.connecting) await once(socket, 'connect');
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    for (const { txnr, command, bytes, start, end } of framer.push(chunk)) {
      const [first] = bytes.toString('latin1', start, end).split('\n');
      answers.push(`${txnr} ${command}${first ? ` ${first}` : ''}`);
    }
    told();
  });
  const send = (txnr: number, command: string, data: string | Buffer = '') =>
    socket.write(relpFrame(txnr, command, data));
  /** Waits for so many answers; the result has all that there are. */
  const answered = async (count: number): Promise<readonly string[]> => {
    while (answers.length < count) {
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
    return answers;
  };
  const open = async () => {
    send(1, 'open', OFFERS);
    await answered(1);
  };
  return { socket, send, answers, answered, open, closed };
}
