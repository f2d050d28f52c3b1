import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { findMessageCode, type MessageCode } from '../../../src/core/decode/message-code.ts';
import { limits } from '../../../src/core/model/limits.ts';
import type { Frame } from '../../../src/core/model/message.ts';
import { Continuations, type ReadRecord } from '../../../src/core/read/continuation.ts';
import { ArchiveTime, liveTime, type Timekeeper } from '../../../src/core/read/event-time.ts';
import { ParsedLineReader } from '../../../src/core/read/parsed-line.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, frameOf, T0 } from '../../given.ts';

const FIRST = 'CRL fetch for trustpoint SLA-TrustPoint failed';
const SECOND = 'Reason : Failed to select socket. Timeout : 5 (Connection timed out)';
const head = (counter: number, name = 'sw-a') =>
  `<187>${counter}: 000161: ${name}: Feb  5 06:00:00: %PKI-3-CRL_FETCH_FAIL: ${FIRST}`;
const tail = (counter: number | '') => `<187>${counter}:                       ${SECOND}`;

const decode = makeDecoder();

/** A record with its decoded header, as from the reader. `time` decides its event time. */
function recordOf(line: string, over: Partial<Frame>, time: Timekeeper): ReadRecord & { code: MessageCode | null } {
  const frame = { ...frameOf(line, { peer: '192.0.2.7' }), ...over };
  const code = findMessageCode(frame.bytes, 0, frame.end);
  const headerEnd = code?.start ?? Math.max(0, Continuations.reasonIn(frame));
  const envelope = decode(frame, headerEnd, time.context(frame));
  return { code, frame, envelope, timing: time.timingOf(envelope, frame), line: 0 };
}

/** Passes a line as the reader does. Returns the message as text if it does not wait, else null. */
function offer(continuations: Continuations, line: string, over: Partial<Frame> = {}): string | null {
  const { code, ...record } = recordOf(line, over, live);
  if (code !== null && !Continuations.isHead(record.frame, code)) return line;
  const reasonAt = Continuations.reasonIn(record.frame);
  if (code === null && reasonAt === -1) return line;
  const joined = code === null ? continuations.join(record, reasonAt) : (continuations.hold(record)[0] ?? null);
  return joined === null ? null : (text([joined])[0] as string);
}

const live = liveTime(() => 0);
const text = (records: readonly ReadRecord[]) =>
  records.map(({ frame }) => frame.bytes.toString('utf8', frame.start, frame.end));

t.test('Continuations.join() joins the two records of one message', async (t) => {
  const rows: readonly (readonly [why: string, first: string, second: string, joins: boolean])[] = [
    ['the next counter', head(165), tail(166), true],
    ['no counters at all', head(165), tail(''), true],
    ['another counter', head(165), tail(168), false],
    ['another PRI', head(165), tail(166).replace('187', '189'), false],
    ['another name', head(165), tail(166).replace(':  ', ': sw-b: '), false],
    ['its own name', head(165), tail(166).replace(':  ', ': sw-a: '), true],
  ];
  for (const [why, first, second, joins] of rows) {
    const continuations = new Continuations();
    t.equal(offer(continuations, first), null, `${why}: the first waits`);
    t.equal(offer(continuations, second), joins ? `${first} ${SECOND}` : null, why);
  }
});

t.test('Continuations.hold() joins records that arrive in the wrong order, of one sender only', async (t) => {
  const continuations = new Continuations();
  t.equal(offer(continuations, tail(166)), null);
  t.equal(offer(continuations, tail(166), { peer: '192.0.2.8' }), null);
  t.equal(offer(continuations, head(165)), `${head(165)} ${SECOND}`);
  t.equal(offer(continuations, head(165)), null, 'the other second record is of another sender');
  const later = { receivedAt: T0 + limits.continuationMs + 1 };
  t.equal(offer(continuations, tail(266)), null);
  t.equal(offer(continuations, head(265), later), null, 'a second record waits no longer than a first one');
});

t.test('Continuations.join() uses the latest first record that still waits', async (t) => {
  const continuations = new Continuations();
  offer(continuations, head(165).replace('165', ''));
  offer(continuations, head(166).replace('166', '').replace('SLA-TrustPoint', 'DNAC-CA'));
  t.match(offer(continuations, tail('')), /DNAC-CA.*Reason/);
  t.match(offer(continuations, tail('')), /SLA-TrustPoint.*Reason/);
  offer(continuations, head(170));
  t.equal(offer(continuations, tail(171), { receivedAt: T0 + limits.continuationMs + 1 }), null, 'its time is over');
});

t.test('Continuations.endedBy() returns the first records whose second is lost', async (t) => {
  const message = (counter: number | '', stamp = '06:00:00', name = 'sw-a') =>
    `<187>${counter}: 000161: ${name}: Feb  5 ${stamp}: ${BODIES.commFailed}`;
  const nameless = (line: string) => line.replace('sw-a: ', '').replace('sw-b: ', '');
  const uncounted = head(165).replace('165', '');
  const rows: readonly (readonly [why: string, first: string, message: string, live: boolean, file: boolean])[] = [
    ['the next counter of the device', head(165), message(166), true, true],
    ['a higher one: the second may have been overtaken', head(165), message(167), false, false],
    ['a higher one, 3 s later by its stamp', head(165), message(167, '06:00:03'), false, true],
    ['a higher one, 2 s later by its stamp', head(165), message(167, '06:00:02'), false, false],
    ['without a counter', head(165), message(''), true, true],
    ['neither has a counter', uncounted, message(''), true, true],
    ['another device', head(165), message(166, '06:00:00', 'sw-b'), false, false],
    ['another device, 2 s later', head(165), message(9, '06:00:02', 'sw-b'), false, false],
    ['another device, 3 s later', head(165), message(9, '06:00:03', 'sw-b'), false, true],
    ['nameless, another counter', nameless(head(165)), nameless(message(9)), false, false],
  ];
  for (const [why, first, line, endsLive, endsInFile] of rows) {
    for (const [over, time, ends] of [
      [{}, live, endsLive],
      [{ transport: 'file', peer: null }, new ArchiveTime(T0, () => 0), endsInFile],
    ] as const) {
      const continuations = new Continuations();
      continuations.hold(recordOf(first, over, time));
      const ended = continuations.endedBy(recordOf(line, over, time));
      t.same(text(ended), ends ? [first] : [], `${why}, ${Object.keys(over).length === 0 ? 'live' : 'in a file'}`);
    }
  }
});

t.test('Continuations.release() returns a first record alone after its time, and loses none', async (t) => {
  const continuations = new Continuations();
  offer(continuations, head(165));
  t.same(continuations.release(T0 + limits.continuationMs), []);
  t.same(text(continuations.release(T0 + limits.continuationMs + 1)), [head(165)]);
  t.equal(offer(continuations, tail(166)), null, 'too late');
});

t.test('Continuations.hold() returns the oldest first record if too many wait, and no record is lost', async (t) => {
  const full = new Continuations();
  for (let counter = 0; counter < limits.continuations; counter++) t.equal(offer(full, head(counter)), null);
  t.equal(offer(full, head(5000)), head(0));
  t.equal(offer(full, head(5001)), head(1));
  t.equal(offer(full, tail(1)), null, 'its first record does not wait any more');
  t.same(full.release(T0), []);
  t.equal(full.release(T0, { end: true }).length, limits.continuations);
});

t.test('Continuations.endedBy() finds each first record that is late, among many that end in any order', async (t) => {
  const [waiting, ended] = [new Continuations(), [] as string[]];
  const at = (seconds: number) => ({ receivedAt: T0 + seconds * 1000 });
  // Records of clocks that differ: the order of arrival is not that of time.
  const lines = Array.from({ length: 300 }, (_, n) => [head(3 * n).replace('sw-a', `sw-${n}`), (n * 7) % 50] as const);
  for (const [line, seconds] of lines) waiting.hold(recordOf(line, at(seconds), live));
  for (let seconds = 0; seconds <= 60; seconds++) {
    const { frame, timing } = recordOf(BODIES.chatter, at(seconds), live);
    const late = text(waiting.endedAt({ frame, timing }));
    const expected = lines.filter(([, own]) => seconds - own === limits.continuationMs / 1000 + 1);
    t.same(late.sort(), expected.map(([line]) => line).sort(), `${seconds} s`);
    ended.push(...late);
  }
  t.equal(ended.length, lines.length);
  t.equal(waiting.isWaiting, false);
});

t.test('Continuations.takeOver() continues exactly where the former one was', async (t) => {
  const message = `<187>170: 000161: sw-a: Feb  5 06:00:00: ${BODIES.commFailed}`;
  const joins = (takesOver: boolean, second: string) => {
    const former = new Continuations();
    offer(former, head(165));
    t.same(former.endedBy(recordOf(message, {}, live)), []);
    const next = new Continuations();
    if (takesOver) next.takeOver(former);
    return offer(takesOver ? next : former, second);
  };
  for (const takesOver of [false, true]) {
    t.equal(joins(takesOver, tail('')), null, 'another message of the device came in between');
    t.equal(joins(takesOver, tail(166)), `${head(165)} ${SECOND}`);
  }
});

t.test('ParsedLineReader.read() keeps the order of the lines', async (t) => {
  const reader = new ParsedLineReader(advisory, new ArchiveTime(T0, () => 0));
  const lines = [
    head(1),
    head(3),
    tail(4),
    `<187>5: sw-a: Feb  5 06:00:01: ${BODIES.commFailed}`,
    'Reason : of nothing',
    head(7),
  ];
  const file = (line: string): Frame => ({ ...frameOf(line), transport: 'file' });
  const messages = [...lines.flatMap((line) => reader.read([file(line)])), ...reader.end()];
  t.same(
    messages.map(({ counter, fields }) => [counter, fields.reason?.slice(0, 6) ?? null]),
    [
      [1, null],
      [3, 'Failed'],
      [5, 'Fail t'],
      [null, null],
      [7, null],
    ],
  );
  const first = reader.read([file(head(20))]);
  const rest = Array.from({ length: limits.continuations + 2 }, () => file(`<189>9: sw-b: ${BODIES.chatter}`));
  t.same([first.length, reader.read(rest).length], [0, rest.length], 'too many wait for it: they are returned first');
  t.match(reader.end(), [{ counter: 20 }], 'the waiting line is not lost');
});

t.test('Pipeline.run() makes one message of two datagrams, across batches and in either order', async (t) => {
  for (const lines of [
    [head(165), tail(166)],
    [tail(166), head(165)],
  ]) {
    const store = new MemoryStore(projectionOf(advisory));
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
    const batches = [];
    for (const line of lines) batches.push(await pipeline.run([frameOf(line, { peer: '192.0.2.7' })], T0));
    batches.push(await pipeline.commit(pipeline.read([], T0, { end: true }), T0));
    t.equal(
      batches.reduce((sum, { outcomes }) => sum + outcomes.parsed, 0),
      1,
    );
    t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 1);
    t.match((await store.evidence('sw-a', 1))[0], { cause: 'network', weight: 2 });
  }
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  await pipeline.run([frameOf(head(165), { peer: '192.0.2.7' })], T0);
  t.equal((await store.load(['sw-a'])).size, 0, 'it waits');
  await pipeline.run([], T0 + limits.continuationMs + 1);
  t.equal((await store.load(['sw-a'])).get('sw-a')?.messages, 1, 'the second was lost: it counts without a reason');
});
