import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { findMessageCode } from '../../../src/core/decode/message-code.ts';
import { limits } from '../../../src/core/model/limits.ts';
import type { Frame } from '../../../src/core/model/message.ts';
import { Continuations } from '../../../src/core/read/continuation.ts';
import { ArchiveTime, liveTime } from '../../../src/core/read/event-time.ts';
import { makeMessageReader } from '../../../src/core/read/parsed-line.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, frameOf, T0 } from '../../given.ts';

const context = { reference: T0, zoneOffset: () => 0, latest: Number.POSITIVE_INFINITY };
const FIRST = 'CRL fetch for trustpoint SLA-TrustPoint failed';
const SECOND = 'Reason : Failed to select socket. Timeout : 5 (Connection timed out)';
const head = (counter: number, name = 'sw-a') =>
  `<187>${counter}: 000161: ${name}: Feb  5 06:00:00: %PKI-3-CRL_FETCH_FAIL: ${FIRST}`;
const tail = (counter: number | '') => `<187>${counter}:                       ${SECOND}`;

/** What goes on at once for each line, as text; `null` where nothing does. */
function offer(continuations: Continuations, line: string, over: Partial<Frame> = {}): string | null {
  const frame = { ...frameOf(line, { peer: '192.0.2.7' }), ...over };
  const core = findMessageCode(frame.bytes, 0, frame.end);
  if (core !== null && !Continuations.isHead(frame, core)) return line;
  if (core === null && !Continuations.isTail(frame)) return line;
  const taken = core === null ? continuations.join(frame, context) : continuations.hold(frame, core, context);
  return taken === null ? null : taken.bytes.toString('utf8', taken.start, taken.end);
}

const text = (frames: readonly Frame[]) => frames.map(({ bytes }) => bytes.toString('utf8'));

t.test('Continuations joins the two records of one message', async (t) => {
  const rows: readonly (readonly [why: string, first: string, second: string, joins: boolean])[] = [
    ['the next counter', head(165), tail(166), true],
    ['no counters at all', head(165), tail(''), true],
    ['another counter', head(165), tail(168), false],
    ['another PRI', head(165), tail(166).replace('187', '189'), false],
    ['another name', head(165), tail(166).replace(':  ', ': sw-b: '), false],
    ['its own name', head(165), tail(166).replace(':  ', ': sw-a: '), true],
  ];
  for (const [why, first, second, joins] of rows) {
    const continuations = new Continuations(makeDecoder());
    t.equal(offer(continuations, first), null, `${why}: the first waits`);
    t.equal(offer(continuations, second), joins ? `${first} ${SECOND}` : null, why);
  }
});

t.test('Continuations joins datagrams that changed places, and facts senders apart', async (t) => {
  const continuations = new Continuations(makeDecoder());
  t.equal(offer(continuations, tail(166)), null);
  t.equal(offer(continuations, tail(166), { peer: '192.0.2.8' }), null);
  t.equal(offer(continuations, head(165)), `${head(165)} ${SECOND}`);
  t.equal(offer(continuations, head(165)), null, 'the other one is of another sender');
  const later = { receivedAt: T0 + limits.continuationMs + 1 };
  t.equal(offer(continuations, tail(266)), null);
  t.equal(offer(continuations, head(265), later), null, 'a second line waits no longer than a first one');
});

t.test('Continuations joins a second line to the latest first one that still waits', async (t) => {
  const live = new Continuations(makeDecoder());
  offer(live, head(165).replace('165', ''));
  offer(live, head(166).replace('166', '').replace('SLA-TrustPoint', 'DNAC-CA'));
  t.match(offer(live, tail('')), /DNAC-CA.*Reason/);
  t.match(offer(live, tail('')), /SLA-TrustPoint.*Reason/);
  offer(live, head(170));
  t.equal(offer(live, tail(171), { receivedAt: T0 + limits.continuationMs + 1 }), null, 'its time is over');
  const file = new Continuations(makeDecoder());
  for (const [lines, joins] of [
    [limits.continuationLines, true],
    [limits.continuationLines + 1, false],
  ] as const) {
    offer(file, head(165), { transport: 'file' });
    file.line += lines;
    t.equal(offer(file, tail(166), { transport: 'file' }) !== null, joins, `${lines} lines further on`);
  }
});

t.test('Continuations lets a first line go on alone after its time, and forgets none', async (t) => {
  const continuations = new Continuations(makeDecoder());
  offer(continuations, head(165));
  t.same(continuations.release(T0 + limits.continuationMs), []);
  t.same(text(continuations.release(T0 + limits.continuationMs + 1)), [head(165)]);
  t.equal(offer(continuations, tail(166)), null, 'too late');
  const full = new Continuations(makeDecoder());
  for (let counter = 0; counter < limits.continuations + 3; counter++) offer(full, head(counter));
  t.equal(full.release(T0).length, 3, 'more than may wait go on at once');
  t.equal(full.release(T0, { end: true }).length, limits.continuations);
});

t.test('makeMessageReader() keeps the order of the lines', async (t) => {
  const { read, end } = makeMessageReader(advisory, new ArchiveTime(T0, () => 0));
  const lines = [
    head(1),
    head(3),
    tail(4),
    `<187>5: sw-a: Feb  5 06:00:01: ${BODIES.commFailed}`,
    'Reason : of nothing',
    head(7),
  ];
  const file = (line: string): Frame => ({ ...frameOf(line), transport: 'file' });
  const messages = [...lines.flatMap((line) => read(file(line))), ...end()];
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
});

t.test('Pipeline.run() makes one message of two datagrams, across batches and in either order', async (t) => {
  for (const lines of [
    [head(165), tail(166)],
    [tail(166), head(165)],
  ]) {
    const store = new MemoryStore(projectionOf(advisory));
    const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
    const tallies = [];
    for (const line of lines) tallies.push(await pipeline.run([frameOf(line, { peer: '192.0.2.7' })], T0));
    tallies.push(await pipeline.commit(pipeline.read([], T0, { end: true }), T0));
    t.equal(
      tallies.reduce((sum, { outcomes }) => sum + outcomes.parsed, 0),
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
