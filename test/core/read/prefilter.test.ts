/** The full path reads the same from the lines that the prefilter keeps as from all lines. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import type { Frame } from '../../../src/core/model/message.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { FrameCollector } from '../../../src/core/read/frame-collector.ts';
import { Prefilter } from '../../../src/core/read/prefilter.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import type { ReadBatch } from '../../../src/pipeline/read-batch.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, BODIES, FN72298_LINES, frameOf, T0 } from '../../given.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const corpus = join(root, '../shared/corpus');

function linesBelow(folder: string, ending: string): Buffer[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), 'latin1').split('\n'))
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line, 'latin1'));
}

/** The output of a pipeline for frames in batches, with or without a prefilter. */
function readAll(frames: readonly Frame[], filters: boolean, batch: number) {
  const store = new MemoryStore(projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  const collector = new FrameCollector(new Prefilter());
  const batches: ReadBatch[] = [];
  let kept = 0;
  for (let from = 0; from <= frames.length; from += batch) {
    const some = frames.slice(from, from + batch);
    if (filters) {
      for (const frame of some) collector.add(frame.bytes, frame.start, frame.end, frame.truncated, frame);
      kept += collector.kept;
      batches.push(pipeline.readFiltered(collector.take(), T0 + from));
    } else batches.push(pipeline.read(some, T0 + from));
  }
  batches.push(pipeline.read([], T0 + frames.length, { end: true }));
  const sum = { lines: 0, oversize: 0, other: 0, 'no-core': 0, parsed: 0, 'text-only': 0 };
  for (const { stats } of batches) {
    sum.lines += stats.lines;
    sum.oversize += stats.oversize;
    for (const [outcome, count] of Object.entries(stats.outcomes)) sum[outcome as 'other'] += count;
  }
  const peers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  return {
    sum,
    kept,
    observations: batches.flatMap(({ observations }) => observations),
    unparsed: batches.flatMap(({ unparsed }) => unparsed),
    down: peers.filter((peer) => pipeline.links.wasDown(peer, 0, Number.MAX_SAFE_INTEGER)),
  };
}

function readTwice(
  frames: readonly Frame[],
  batch: number,
): { all: ReturnType<typeof readAll>; some: ReturnType<typeof readAll> } {
  return { all: readAll(frames, false, batch), some: readAll(frames, true, batch) };
}

const framed = (lines: readonly Buffer[]) =>
  lines.map((line, index) => frameOf(line, { peer: `192.0.2.${1 + (index % 3)}`, receivedAt: T0 + index }));

/** In the order in which each device's were read. */
const bySender = (observations: readonly Observation[]) =>
  Object.groupBy(observations, ({ names }) => JSON.stringify(names));

for (const [name, folder, ending] of [
  ['samples', join(root, 'samples'), '.log'],
  ['stories', join(root, 'samples/scenarios'), '.txt'],
  ['public corpus', corpus, '.log'],
] as const) {
  const skip = !existsSync(folder) && `the ${name} is not beside this checkout`;
  t.test(`Prefilter.test() keeps every line of the ${name} that the pipeline reads`, { skip }, async (t) => {
    const { all, some } = readTwice(framed(linesBelow(folder, ending)), 50);
    // A message of two lines that waits for the second one may be read later, beside those of other devices, as fewer lines come.
    t.same(bySender(some.observations), bySender(all.observations));
    t.same(some.unparsed, all.unparsed);
    t.same(some.sum, all.sum, 'the dropped lines have the same counts');
    t.ok(some.kept < all.sum.lines || all.sum.other === 0, `${some.kept} of ${all.sum.lines} kept`);
  });
}

t.test('Prefilter.test() keeps only repetitions of tracked messages', async (t) => {
  const from = (name: string, body: string) => `<187>12: ${name}: Mar  1 18:46:11: ${body}`;
  const repeated = (name: string) => from(name, 'last message repeated 5 times');
  const rows: [string[], boolean, string][] = [
    [[from('a', BODIES.commFailed), repeated('a')], true, 'a repetition of the line before'],
    [[from('a', BODIES.commFailed), from('a', BODIES.chatter), repeated('a')], false, 'the line before is not tracked'],
    [
      [from('a', BODIES.commFailed), from('b', BODIES.chatter), repeated('a')],
      true,
      'the line between is of another device',
    ],
    [[from('a', BODIES.commFailed), repeated('a'), repeated('a')], true, 'two markers in a row'],
    [[repeated('a')], false, 'nothing came before'],
    [
      [from('a', BODIES.commFailed), ...Array(64).fill(from('b', BODIES.chatter)), repeated('a')],
      false,
      'too far back',
    ],
    [
      [from('a', BODIES.commFailed), ...Array(63).fill(from('b', BODIES.chatter)), repeated('a')],
      true,
      'just near enough',
    ],
  ];
  for (const [lines, expected, why] of rows) {
    const prefilter = new Prefilter();
    const verdicts = lines.map((line) => prefilter.test(Buffer.from(line), 0, line.length, '192.0.2.1'));
    t.equal(verdicts.at(-1) === 'keep', expected, why);
    const { all, some } = readTwice(
      lines.map((line) => frameOf(line, { peer: '192.0.2.1' })),
      100,
    );
    t.same(some.observations, all.observations, `${why}: as the full path reads it`);
  }
});

t.test('Prefilter.test() keeps every line that the pipeline reads, for any bytes', async (t) => {
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  const down = '%LINK-3-UPDOWN: Interface GigabitEthernet1/3, changed state to down';
  const restart = '%SYS-5-RESTART: System restarted --';
  const software = 'Cisco IOS Software [Amsterdam], IE3x00 Switch Software (X), Version 17.3.3, RELEASE SOFTWARE (fc7)';
  const head = '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed';
  const tail = '                      Reason : Failed to select socket. Timeout : 5 (Connection timed out)';
  const text = fc.constantFrom<string>(
    ...[...Object.values(BODIES), ...FN72298_LINES, down, restart, software, head, tail, '', 'plain words'],
    ...['last message repeated 7 times', 'AES-256-GCM is used', '%ASA-3-444303: %SMART_LIC-3-COMM_FAILED: x'],
  );
  const line = fc
    .record({
      text,
      name: fc.constantFrom('sw-a: ', 'sw-b: ', ''),
      counter: fc.integer({ min: 1, max: 9 }),
      cut: fc.nat(200),
      noise: fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 3 }),
      peer: fc.constantFrom('192.0.2.1', '192.0.2.2'),
    })
    .map(({ text: body, name, counter, cut, noise, peer }) => {
      const bytes = Buffer.from(`<187>${counter}: ${name}Mar  1 18:46:11: ${body}`);
      for (const [at, byte] of noise) if (at < bytes.length) bytes[at] = byte;
      return frameOf(cut > 150 ? bytes.subarray(0, cut % bytes.length) : bytes, { peer });
    });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 90 }), fc.integer({ min: 1, max: 40 }), (frames, batch) => {
      const { all, some } = readTwice(frames, batch);
      return (
        JSON.stringify([some.observations, some.unparsed, some.sum, some.down]) ===
        JSON.stringify([all.observations, all.unparsed, all.sum, all.down])
      );
    }),
    { seed, numRuns: 300 },
  );
});
