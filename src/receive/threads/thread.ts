/** A thread that receives: its sockets, and nothing else. Started by `ReceiveThread`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LossLedger } from '../../core/loss/ledger.ts';
import { lossLimits } from '../../core/loss/loss-limits.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import { OperatingError } from '../../errors.ts';
import { FilteringIntake } from '../filtering-intake.ts';
import type { Receiver } from '../receiver.ts';
import { Senders } from '../senders.ts';
import { receiversOf } from '../transports.ts';
import { LossForwarder } from './loss-forwarder.ts';
import { buffersOf, type FromReceiver, type ToReceiver } from './protocol.ts';
import type { ReceiveSettings } from './receive-thread.ts';
import { SenderOwners } from './sender-owners.ts';

async function run(port: MessagePort, settings: ReceiveSettings): Promise<void> {
  const { listen, senders: senderSettings, sockets, lossRows, thread, owners, ports } = settings;
  const send = (message: FromReceiver) => {
    const packed = message.kind === 'received' ? message.packed : null;
    const moved = packed === null ? [] : buffersOf(packed);
    port.postMessage(message, moved);
  };
  const note: LossLedger['note'] = (peer, numbers, at) => ledger.note(peer, numbers, at);
  const sharing = new LossForwarder({ thread, owners: new SenderOwners(owners), ports, note });
  const ledger: LossLedger = new LossLedger({ sharing });
  ledger.restore(lossRows);
  const warn = (message: string) => send({ kind: 'warning', message });
  const senders = new Senders(senderSettings);
  const monotonic = () => performance.now();
  let { aheadMs } = settings;
  const now = () => Date.now() + aheadMs;
  const intake = new FilteringIntake({ now, ledger, send, senders, warn, monotonic });
  const receivers = receiversOf(listen, { senders, intake, warn }, sockets);
  const sendGaps = (which = {}) => {
    for (const gaps of partsOf(ledger.takeGaps(now(), which))) send({ kind: 'gaps', gaps });
  };
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = () => {
    const changed = [...ledger.rows()].filter(({ lastSeenAt }) => lastSeenAt >= toldAt);
    toldAt = now();
    for (const rows of partsOf(changed)) send({ kind: 'told', rows });
  };
  const watching = setInterval(() => sendGaps(), GAPS_EVERY_MS);
  const started: Receiver[] = [];
  const stop = async () => {
    const stopped = started.splice(0).map((receiver) => receiver.stop());
    // Senders that are read no more wait for the answers to what is buffered.
    intake.flush();
    await Promise.all(stopped);
    intake.flush();
    await sharing.end();
    clearInterval(watching);
    sendGaps({ all: true });
    for (const rows of partsOf<LossRow>(ledger.rows())) send({ kind: 'sources', rows });
    send({ kind: 'stopped' });
    for (const open of [port, ...ports]) open?.close();
  };
  port.on('message', (message: ToReceiver) => {
    if (message.kind === 'ack') intake.acknowledge(message.ordinals);
    else if (message.kind === 'stop') void stop();
    else if (message.kind === 'tell') tell();
    else if (message.kind === 'clock') {
      aheadMs = message.aheadMs;
      toldAt = Math.min(toldAt, now());
    } else if (message.kind === 'dropped') ledger.dropped(message.peer, message.reason, message.count, now());
    else if (message.kind === 'configure') {
      senders.configure(message.senders);
      for (const receiver of receivers) {
        const tls = message.tls[receiver.transport];
        if (tls !== undefined && tls !== null) receiver.useTls?.(tls);
      }
    } else {
      const { id, questions } = message;
      const asked = typeof questions === 'string' ? [] : questions;
      const losses = asked.map(({ peer, name, since }) => ledger.lossOf(peer, name, since));
      const totals = questions === 'totals' ? ledger.totals() : null;
      const lossy = questions === 'senders' ? ledger.senders() : [];
      const heard = questions === 'heard' ? ledger.heardSince(Date.now() - lossLimits.heardMs) : 0;
      send({ kind: 'answer', id, losses, totals, senders: lossy, heard });
    }
  });
  try {
    for (const receiver of receivers) {
      const address = await receiver.start();
      started.push(receiver);
      send({ kind: 'listening', transport: receiver.transport, address });
    }
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    send({ kind: 'refused', code: error.code, message: error.message });
    await stop();
  }
}

const ROWS_IN_PART = 1000;
const GAPS_EVERY_MS = 5000;

function* partsOf<Row>(rows: Iterable<Row>): Generator<Row[]> {
  let part: Row[] = [];
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
