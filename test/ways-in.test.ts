/**
 * A line has the same meaning by every way in: live through prefilter and threads, in an archive, in `parse`, and when
 * `verify` reads it again. Tested with every sample, story and public line, and with random lines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { BlockReader } from '../src/archive/block-reader.ts';
import { packed, unpacked } from '../src/archive/protocol.ts';
import type { Evidence } from '../src/core/correlate/evidence.ts';
import { makeDecoder } from '../src/core/decode/envelope.ts';
import type { Frame } from '../src/core/model/message.ts';
import { nameOf } from '../src/core/model/names.ts';
import type { Observation } from '../src/core/model/observation.ts';
import { ArchiveTime, liveTime } from '../src/core/read/event-time.ts';
import { FrameCollector, unfiltered } from '../src/core/read/frame-collector.ts';
import { LinkWatch } from '../src/core/read/link-watch.ts';
import { ParsedLineReader } from '../src/core/read/parsed-line.ts';
import { Prefilter } from '../src/core/read/prefilter.ts';
import { makeRechecker } from '../src/core/read/recheck.ts';
import { BatchReader } from '../src/pipeline/read-batch.ts';
import { pack, unpack } from '../src/receive/threads/protocol.ts';
import { advisory, BODIES, FN72298_LINES, frameOf, T0 } from './given.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const END = Date.parse('2022-03-02T00:00:00Z');
const RELAY = '192.0.2.90';
const zone = () => 0;
const decode = makeDecoder();
const recheck = makeRechecker(advisory, (text) => Buffer.from(text));

/** What is compared of a message. Its time is compared only between paths that use the lines' own times. */
type Comparable = readonly (string | number | null)[];

function comparableOf({ names, event, line }: Observation): Comparable {
  const { kind, family, cause, mnemonic } = event;
  const device = nameOf({ ...names, peer: null });
  return [device, names.serial, mnemonic, kind, family, cause, event.peers.join(), line?.raw ?? null];
}

/** `parse` prints no object for restarts, summed-up repetitions and what is heard of ordinary lines. */
const isMessage = ({ event, line, ordinary }: Observation) =>
  !ordinary && event.mnemonic !== 'RESTART' && /last message repeated/.exec(line?.raw ?? '') === null;

/** The device of each restart, and what it shows. */
const restartsIn = (observations: readonly Observation[]) =>
  byText(
    observations
      .filter(({ event }) => event.mnemonic === 'RESTART')
      .map(({ names, event }) => [nameOf({ ...names, peer: null }), JSON.stringify(event.facts)]),
  );

const byText = (rows: readonly Comparable[]) => rows.map((row) => JSON.stringify(row)).sort();

function framesOf(lines: readonly Buffer[]): Frame[] {
  return lines.map((line) => ({ ...frameOf(line, { receivedAt: END }), transport: 'file' as const }));
}

/** Receives each line at its own time, in batches of this size, through prefilter and thread. */
function live(lines: readonly Buffer[], batch: number): Observation[] {
  const time = new ArchiveTime(END, zone);
  const received = framesOf(lines);
  time.anchor(decode, received);
  const reader = new BatchReader(advisory, liveTime(zone), true, new LinkWatch());
  const collector = new FrameCollector(new Prefilter());
  const found: Observation[] = [];
  for (let from = 0; from < received.length; from += batch) {
    let now = END;
    for (const frame of received.slice(from, from + batch)) {
      now = time.sample(decode, frame).at;
      collector.add(frame.bytes, frame.start, frame.end, false, { peer: RELAY, transport: 'udp', receivedAt: now });
    }
    const filtered = collector.take();
    const transfer = pack(filtered);
    const frames = transfer === null ? [] : unpack(transfer);
    found.push(...reader.read({ ...filtered, frames }, now, () => false).observations);
  }
  return [...found, ...reader.read(unfiltered([]), END, () => false, { end: true }).observations];
}

/** Reads the lines as a file, in blocks of this many bytes, through the thread of a replay. */
function archived(lines: readonly Buffer[], blockBytes: number): Observation[] {
  const file = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const blocks = new BlockReader();
  const time = new ArchiveTime(END, zone);
  const reader = new BatchReader(advisory, time, true, new LinkWatch());
  time.anchor(decode, framesOf(lines));
  const found: Observation[] = [];
  const readFrames = (filtered: ReturnType<BlockReader['block']>, options?: { end: boolean }) => {
    found.push(...reader.read(unpacked(packed(filtered), END), END, () => true, options).observations);
  };
  for (let from = 0; from < file.length; from += blockBytes)
    readFrames(blocks.block(file.subarray(from, from + blockBytes), END));
  readFrames(blocks.end(END), { end: true });
  return found;
}

function parsed(lines: readonly Buffer[]) {
  const time = new ArchiveTime(END, zone);
  const frames = framesOf(lines);
  time.anchor(decode, frames);
  const reader = new ParsedLineReader(advisory, time);
  return [...reader.read(frames), ...reader.end()].filter(({ kind }) => kind !== null);
}

/** Null if all ways agree, else the first difference. */
function difference(lines: readonly Buffer[], batch: number, blockBytes: number): string | null {
  const replayed = archived(lines, blockBytes);
  const messages = replayed.filter(isMessage);
  const rows = byText(messages.map(comparableOf));
  const received = live(lines, batch);
  const service = byText(received.filter(isMessage).map(comparableOf));
  const differs = (way: string, other: readonly string[], own: readonly string[]) => {
    const at = own.findIndex((row, index) => row !== other[index]);
    if (at === -1 && own.length === other.length) return null;
    return `${way}: ${other[at === -1 ? own.length : at]} where the archive has ${own[at]}`;
  };
  return (
    differs('the service', service, rows) ??
    differs('restarts of the service', restartsIn(received), restartsIn(replayed)) ??
    parsedDifference(lines, messages) ??
    rechecked(messages)
  );
}

/** Null if `parse` prints what a replay has read, with the same times, else the first difference. */
function parsedDifference(lines: readonly Buffer[], messages: readonly Observation[]): string | null {
  const printed = parsed(lines).map(({ device, fields, mnemonic, kind, family, cause, raw, at }) =>
    JSON.stringify([device, fields.serial?.replace(/^X+$/i, '') || null, mnemonic, kind, family, cause, raw, at]),
  );
  const archive = messages.map(({ event, ...observation }) => {
    const row = comparableOf({ event, ...observation });
    return JSON.stringify([...row.slice(0, 6), row[7], new Date(event.at).toISOString()]);
  });
  if (printed.length !== archive.length) return `parse prints ${printed.length} messages, not ${archive.length}`;
  archive.sort();
  return printed.sort().find((row, index) => row !== archive[index]) ?? null;
}

function rechecked(messages: readonly Observation[]): string | null {
  for (const { event, line } of messages) {
    if (line === null) continue;
    const row = { ...event, raw: line.raw, receivedAt: END, timeUsed: line.timing.used } as unknown as Evidence;
    const rechecked = recheck(row);
    if (rechecked !== 'same') return `verify: ${JSON.stringify(rechecked)} of ${line.raw}`;
  }
  return null;
}

function linesBelow(folder: string, ending: string): Map<string, Buffer[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending));
  const linesOf = (file: string) => readFileSync(join(folder, file), 'latin1').split('\n').filter(Boolean);
  return new Map(files.sort().map((file) => [file, linesOf(file).map((line) => Buffer.from(line, 'latin1'))]));
}

/** Marks a line of a story, in contrast to the story's comments. */
const storyLine = /^> (?:\S+ \| )?/;

for (const [name, folder, ending] of [
  ['samples', join(root, 'samples'), '.log'],
  ['stories', join(root, 'samples/scenarios'), '.txt'],
  ['public corpus', join(root, '../shared/corpus'), '.log'],
] as const) {
  const skip = !existsSync(folder) && `the ${name} is not beside this checkout`;
  t.test(`every way in reads the ${name} with the same meaning`, { skip }, async (t) => {
    for (const [file, lines] of linesBelow(folder, ending)) {
      const marked = ending === '.txt' ? lines.filter((line) => storyLine.test(line.toString('latin1'))) : lines;
      const bare = marked.map((line) => Buffer.from(line.toString('latin1').replace(storyLine, ''), 'latin1'));
      for (const [batch, blockBytes] of [[7, 300]] as const) t.equal(difference(bare, batch, blockBytes), null, file);
    }
  });
}

const FIRST = '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed';
const SECOND = '                      Reason : Failed to select socket. Timeout : 5 (Connection timed out)';

const VERSION = 'Cisco IOS Software [Amsterdam], IE3x00 Switch Software, Version 17.3.3, RELEASE SOFTWARE (fc7)';

t.test('every way in joins a message of two records, with any lines between them', async (t) => {
  const at = (second: number) => `Feb  5 2022 06:00:${`${second}`.padStart(2, '0')}.000 UTC`;
  const first = `<187>412: sw-a: ${at(0)}: ${FIRST}`;
  const second = `<187>413: ${SECOND}`;
  const foreign = (counter: number, time: number) => `<189>${counter}: sw-b: ${at(time)}: ${BODIES.commFailed}`;
  const device = (counter: number, time: number) => `<187>${counter}: sw-a: ${at(time)}: ${BODIES.commFailed}`;
  const rows: readonly (readonly [why: string, lines: readonly string[], cause: string])[] = [
    ['at once', [first, second], 'network'],
    ['a foreign line', [first, foreign(9, 0), second], 'network'],
    ['a foreign line with its counter', [first, foreign(413, 0), second], 'network'],
    ['a hundred foreign lines of the same moment', [first, ...Array(100).fill(foreign(9, 1)), second], 'network'],
    [
      'a hundred ordinary lines',
      [first, ...Array(100).fill(`<189>9: sw-b: ${at(2)}: ${BODIES.chatter}`), second],
      'network',
    ],
    ['a foreign line 3 s later', [first, foreign(9, 3), second], 'ambiguous'],
    ['the next counter of the device', [first, device(413, 0), second], 'ambiguous'],
    ['a later message of the device has overtaken the second record', [first, device(414, 0), second], 'network'],
    ['no second record', [first, device(413, 9)], 'ambiguous'],
    ['no further line', [first], 'ambiguous'],
    ['in the wrong order', [second, first], 'network'],
  ];
  for (const [why, lines, cause] of rows) {
    const bytes = lines.map((line) => Buffer.from(line));
    const crl = ({ mnemonic }: { mnemonic: string | null }) => mnemonic === 'CRL_FETCH_FAIL';
    t.equal(parsed(bytes).find(crl)?.cause, cause, `parse: ${why}`);
    t.equal(archived(bytes, 50).find(({ event }) => crl(event))?.event.cause, cause, `replay: ${why}`);
    t.equal(live(bytes, 2).find(({ event }) => crl(event))?.event.cause, cause, `serve: ${why}`);
    t.equal(difference(bytes, 3, 99), null, why);
  }
});

t.test('parse and replay look at the time of the same lines of a long archive', async () => {
  const stamp = (ms: number) => `Feb  5 2022 ${new Date(T0 + ms).toISOString().slice(11, 23)} UTC`;
  const ordinary = Array(4500).fill(`<189>9: sw-b: ${stamp(0)}: ${BODIES.chatter}`);
  const part = fc.record({
    body: fc.constantFrom<string>(FIRST, SECOND, BODIES.chatter, BODIES.chatter, BODIES.commFailed),
    name: fc.constantFrom('sw-a: ', 'sw-b: '),
    pause: fc.constantFrom(0, 0, 1000, 3000, 62_000),
    dated: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 5, maxLength: 40 }), fc.nat(600), (parts, more) => {
      let at = 0;
      const lines = parts.map(({ body, name, pause, dated }, index) => {
        at += pause;
        return `<187>${412 + index}: ${body === SECOND || !dated ? '' : `${name}${stamp(at)}: `}${body}`;
      });
      const all = [...ordinary, ...ordinary.slice(0, more), ...lines].map((line) => Buffer.from(line));
      const found = parsedDifference(all, archived(all, 60_000).filter(isMessage));
      if (found !== null) throw new Error(found);
    }),
    { seed: Number(process.env['SEED'] ?? 72298), numRuns: 30 },
  );
});

t.test('every way in reads random lines with the same meaning', async (t) => {
  const seed = Number(process.env['SEED'] ?? 72298);
  t.comment(`seed ${seed}`);
  const text = fc.constantFrom<string>(
    ...[...Object.values(BODIES), ...FN72298_LINES, FIRST, SECOND, FIRST, SECOND, 'plain words'],
    ...[
      ...['%SYS-5-RESTART: System restarted --', VERSION, '%SYS-5-RESTART: System restarted --', VERSION],
      'last message repeated 7 times',
      '%ASA-3-444303: %SMART_LIC-3-COMM_FAILED: x',
    ],
  );
  const line = fc.record({
    text,
    name: fc.constantFrom('sw-a: ', 'sw-b: ', ''),
    counter: fc.option(fc.nat(5), { nil: null, freq: 3 }),
    pause: fc.constantFrom(0, 0, 0, 1, 3),
    noise: fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 9, max: 900 }),
      (rows, batch, block) => {
        let at = Date.parse('2022-02-05T06:00:00Z');
        const lines = rows.map(({ text: body, name, counter, pause, noise }, index) => {
          at += pause * 1000;
          const day = `Feb  5 2022 ${new Date(at).toISOString().slice(11, 23)} UTC`;
          const stamp = body === SECOND || body === VERSION ? '' : `${name}${day}: `;
          const bytes = Buffer.from(`<187>${counter === null ? '' : counter + index}: ${stamp}${body}`);
          // Excluded: a line end or NUL ends the record in a file, but not in a datagram.
          for (const [place, byte] of noise)
            if (place > 60 && place < bytes.length && byte !== 10 && byte !== 13 && byte !== 0) bytes[place] = byte;
          return bytes;
        });
        const found = difference(lines, batch, block);
        if (found !== null) throw new Error(found);
      },
    ),
    { seed, numRuns: 400 },
  );
});
