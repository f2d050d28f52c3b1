import t from 'tap';
import { LossLedger } from '../../src/core/loss/ledger.ts';
import { limits } from '../../src/core/model/limits.ts';
import { FilteringIntake } from '../../src/receive/filtering-intake.ts';
import { type FromReceiver, pack, unpack } from '../../src/receive/threads/protocol.ts';
import { BODIES, frameOf, T0 } from '../given.ts';
import { senders } from './any-sender.ts';

type Received = Extract<FromReceiver, { kind: 'received' }>;

const record = (text: string, truncated = false) => {
  const bytes = Buffer.from(text);
  return { bytes, start: 0, end: bytes.length, framing: 'lf', truncated } as const;
};
const unbounded = { senders: senders(), warn: () => {}, monotonic: () => 0 };
const TRACKED = `<187>12: sw-a: ${BODIES.commFailed}`;
const CHATTER = `<189>13: sw-a: ${BODIES.chatter}`;

function intakeAt(now: () => number = () => T0) {
  const sent: Received[] = [];
  const intake = new FilteringIntake({
    ...unbounded,
    now,
    ledger: new LossLedger(),
    send: (message) => void sent.push(message),
  });
  const frames = () => sent.flatMap(({ packed }) => (packed === null ? [] : unpack(packed)));
  return { intake, sent, frames };
}

t.test('FilteringIntake forwards the lines that may matter, and counts all lines', async (t) => {
  const { intake, sent, frames } = intakeAt();
  for (const text of [CHATTER, TRACKED, 'no message code', CHATTER]) intake.take(record(text), '192.0.2.7', 'tcp');
  intake.take(record(TRACKED, true), '192.0.2.8', 'udp');
  intake.take(record('%LINK-3-UPDOWN: Interface Gi1/1, changed state to down'), '192.0.2.9', 'udp');
  intake.received('tcp', 400);
  intake.connections('tcp', 2);
  intake.drop('tcp', 'denied', 3);
  intake.flush();
  t.equal(sent.length, 1);
  t.match(sent[0]?.counts, {
    lines: { tcp: 4, udp: 2, tls: 0 },
    bytes: { tcp: 400 },
    framings: { lf: 6 },
    connections: { tcp: 2 },
    drops: { 'udp oversize': 1, 'tcp denied': 3 },
    ...{ other: 1, noCore: 0 },
  });
  t.same(sent[0]?.links, [], 'the pipeline notes the link of a line that it is sent');
  t.match(frames(), [
    { peer: '192.0.2.7', report: { level: 5, lines: 1, alone: true } },
    { peer: '192.0.2.7', transport: 'tcp', truncated: false, report: undefined },
    { peer: '192.0.2.7', report: { level: null, lines: 1, alone: true } },
    { peer: '192.0.2.8', transport: 'udp', truncated: true },
    { peer: '192.0.2.9', report: { level: 3, lines: 1, alone: true } },
  ]);
  t.equal(frames()[1]?.bytes.toString('utf8', frames()[1]?.start, frames()[1]?.end), TRACKED);
  intake.take(record('%LINK-3-UPDOWN: Interface Gi1/2, changed state to down'), '192.0.2.9', 'udp');
  intake.take(record(TRACKED), '192.0.2.7', 'tcp');
  intake.flush();
  t.match(sent[1]?.links, [['192.0.2.9', Number]]);
  t.match(frames()[5], { peer: '192.0.2.7', report: { level: 5, lines: 1, alone: false } }, 'a kept line reports, too');
  intake.flush();
  t.equal(sent.length, 2, 'nothing is sent if nothing is new');
});

t.test('FilteringIntake is bounded: streams pause, datagrams are dropped and reported', async (t) => {
  const { intake, sent, frames } = intakeAt();
  const [flooder, other] = ['192.0.2.7', '192.0.2.8'];
  let resumed = 0;
  let kept = 0;
  while (intake.hasCapacity(flooder)) {
    intake.take(record(TRACKED), flooder, 'tcp');
    kept++;
  }
  t.equal(kept, Math.ceil((limits.queuePauseLines * 4) / 5), 'four times what is left');
  t.equal(intake.hasCapacity(other), true, 'nobody else is paused');
  intake.onCapacity(flooder, () => resumed++);
  intake.onCapacity(flooder, () => t.fail('a closed connection does not wait any more'))();
  for (let index = 0; index < limits.queueLines; index++) intake.take(record(TRACKED), flooder, 'udp');
  const datagrams = Math.ceil((limits.queueLines * 4) / 5);
  for (let index = 0; index < 5; index++) t.equal(intake.take(record(TRACKED), other, 'udp'), 'kept');
  for (let index = 0; index < 7; index++) intake.take(record(CHATTER), flooder, 'udp');
  intake.flush();
  const drops = sent.reduce((sum, { counts }) => sum + (counts.drops['udp queue_full'] ?? 0), 0);
  t.equal(drops, limits.queueLines - datagrams, 'a line that is not tracked needs no room');
  t.equal(frames().length, kept + datagrams + 5);
  intake.acknowledge(new Set(Array.from({ length: 5 }, (_, index) => index + 1)));
  t.equal(resumed, 0);
  t.equal(intake.isStored(5), true);
  t.equal(intake.isStored(6), false);
  intake.acknowledge(Array.from({ length: kept }, (_, index) => index + 1));
  t.equal(resumed, 1);
  t.equal(intake.hasCapacity(flooder), true);
  intake.acknowledge(Array.from({ length: 9 }, (_, index) => kept + 1 + index));
  t.equal(intake.take(record(TRACKED), flooder, 'udp'), 'kept', 'there is room again');
});

t.test('FilteringIntake forwards the first line after a pause at once, and the lines behind it together', async (t) => {
  let now = T0;
  let onSend: () => void = () => {};
  const sent: Received[] = [];
  const intake = new FilteringIntake({
    ...unbounded,
    now: () => now,
    ledger: new LossLedger(),
    send: (message) => {
      sent.push(message);
      onSend();
    },
  });
  const next = () =>
    new Promise<void>((resolve) => {
      onSend = resolve;
    });
  intake.take(record(TRACKED), '192.0.2.7', 'udp');
  await next();
  now += 1;
  for (let index = 0; index < 5; index++) intake.take(record(TRACKED), '192.0.2.7', 'udp');
  t.equal(sent.length, 1);
  await next();
  t.equal(sent[1]?.packed?.ends.length, 5);
});

t.test('FilteringIntake keeps the order of lines that come within one millisecond', async (t) => {
  const { intake, frames } = intakeAt();
  for (let index = 0; index < 3; index++) intake.take(record(TRACKED), '192.0.2.7', 'udp');
  intake.flush();
  const times = frames().map(({ receivedAt }) => receivedAt);
  t.same(times, [...new Set(times)].sort());
  t.equal(times.length, 3);
});

t.test('unpack() gives back what pack() was given', async (t) => {
  const frames = [TRACKED, '', 'a\u00e4'].map((text, index) => ({
    ...frameOf(text, { peer: `192.0.2.${index % 2}`, receivedAt: T0 + index / 1000 }),
    ...{ transport: (['udp', 'tcp', 'tls'] as const)[index] ?? 'udp', truncated: index === 1, certified: index === 2 },
    ...(index === 2 ? { report: { level: 6, lines: 40, partly: false, alone: true } } : {}),
  }));
  const packed = pack({ frames });
  t.ok(packed);
  const again = unpack(packed as NonNullable<typeof packed>);
  t.same(
    again.map(({ bytes, start, end, ...facts }) => ({ ...facts, text: bytes.toString('utf8', start, end) })),
    frames.map(({ bytes, start, end, ...facts }) => ({
      ...facts,
      text: bytes.toString('utf8', start, end),
    })),
  );
  t.equal(pack({ frames: [] }), null);
});
