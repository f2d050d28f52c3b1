/** The thread that receives: its sockets, and nothing else. Started by `ReceiveThreads`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LossLedger } from '../../core/loss/ledger.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import { OperatingError } from '../../errors.ts';
import { FilteringIntake } from '../filtering-intake.ts';
import type { Receiver } from '../receiver.ts';
import { senderFilter } from '../sender-filter.ts';
import { StreamReceiver } from '../stream.ts';
import { UdpReceiver } from '../udp.ts';
import { LossForwarder } from './loss-forwarder.ts';
import type { FromReceiver, Live, ToReceiver } from './protocol.ts';
import { SenderOwners } from './sender-owners.ts';
import type { ReceiveSettings } from './thread-pool.ts';

async function run(port: MessagePort, settings: ReceiveSettings): Promise<void> {
  const { udp, tcp, tls, allow, reusePort, sources, thread, senders, ports } = settings;
  const send = (message: FromReceiver) => {
    const packed = message.kind === 'received' ? message.packed : null;
    const moved = packed === null ? [] : [packed.bytes, packed.ends, packed.receivedAt, packed.peers, packed.marks];
    port.postMessage(
      message,
      moved.map(({ buffer }) => buffer),
    );
  };
  const note: LossLedger['note'] = (peer, numbers, at) => ledger.note(peer, numbers, at);
  const sharing = new LossForwarder({ thread, table: new SenderOwners(senders), ports, note });
  const ledger: LossLedger = new LossLedger({ sharing });
  ledger.restore(sources);
  const intake = new FilteringIntake({ now: Date.now, ledger, send });
  const common = { allows: senderFilter(allow), intake, warn: (message: string) => send({ kind: 'warning', message }) };
  const receivers: Receiver[] = [];
  if (udp !== null) receivers.push(new UdpReceiver({ ...common, address: udp, reusePort }));
  if (tcp !== null) receivers.push(new StreamReceiver({ ...common, address: tcp }));
  if (tls !== null) {
    const { address, cert, key, ca } = tls;
    const own = { cert: Buffer.from(cert), key: Buffer.from(key) };
    const clients = ca === null ? {} : { ca: Buffer.from(ca), requestCert: true, rejectUnauthorized: true };
    receivers.push(new StreamReceiver({ ...common, address, tls: { ...own, ...clients } }));
  }
  const started: Receiver[] = [];
  const stop = async () => {
    for (const receiver of started.splice(0)) await receiver.stop();
    intake.flush();
    await sharing.end();
    for (const rows of partsOf(ledger.rows())) send({ kind: 'sources', rows });
    send({ kind: 'stopped' });
    for (const open of [port, ...ports]) open?.close();
  };
  port.on('message', (message: ToReceiver) => {
    if (message.kind === 'taken') intake.taken(message.frames);
    else if (message.kind === 'stop') void stop();
    else {
      const { id, questions } = message;
      const losses = (questions ?? []).map(({ peer, name, since }) => ledger.lossOf(peer, name, since));
      send({ kind: 'answer', id, losses, totals: questions === null ? ledger.totals() : null });
    }
  });
  try {
    for (const receiver of receivers) {
      const address = await receiver.start();
      started.push(receiver);
      send({ kind: 'listening', transport: receiver.transport as Live, address });
    }
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    send({ kind: 'refused', code: error.code, message: error.message });
    await stop();
  }
}

const ROWS_IN_PART = 1000;

function* partsOf(rows: Iterable<LossRow>): Generator<LossRow[]> {
  let part: LossRow[] = [];
  for (const row of rows) {
    part.push(row);
    if (part.length < ROWS_IN_PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

if (parentPort === null) throw new Error('this is the entry of a thread');
await run(parentPort, workerData as ReceiveSettings);
