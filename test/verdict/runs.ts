/** The ways in which a story is run. All of them must end with the same incidents. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startArchiveReader } from '../../src/archive/archive-reader.ts';
import { summarize } from '../../src/commands/replay.ts';
import { makeDecoder } from '../../src/core/decode/envelope.ts';
import { newNumbers, readNumbers } from '../../src/core/decode/quick-numbers.ts';
import type { IncidentRecord } from '../../src/core/diagnose/incident-record.ts';
import type { Frame } from '../../src/core/model/message.ts';
import { ArchiveTime, liveTime } from '../../src/core/read/event-time.ts';
import { FrameCollector } from '../../src/core/read/frame-collector.ts';
import { LiveHearing } from '../../src/core/read/hearing.ts';
import { Prefilter } from '../../src/core/read/prefilter.ts';
import { Operations } from '../../src/operate/operations.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { everyRow } from '../../src/store/every-page.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, frameOf } from '../given.ts';
import { Random } from '../simulation/random.ts';
import type { Story, StoryLine } from './story.ts';

/** The file of a story was last changed at the end of the year in which all stories happen. */
const END = Date.parse('2022-12-31T00:00:00Z');
const zone = () => 0;
/** The sender of lines whose story names none: a relay on this machine, which is never a switch. */
export const RELAY = '127.0.0.1';
const SHUFFLED_MS = 10 * 60_000;

/** A line with its event time, and the lines behind it that have no time of their own. */
export type Unit = { readonly at: number; readonly lines: readonly StoryLine[] };

function filed(lines: readonly StoryLine[]): Frame[] {
  return lines.map(({ text }) => ({ ...frameOf(text, { receivedAt: END }), transport: 'file' as const }));
}

/** The lines in the order of the file. */
export function unitsOf({ lines }: Story): Unit[] {
  const [decode, time, frames] = [makeDecoder(), new ArchiveTime(END, zone), filed(lines)];
  time.anchor(decode, frames);
  const units: { at: number; lines: StoryLine[] }[] = [];
  for (const [index, frame] of frames.entries()) {
    const line = lines[index] as StoryLine;
    const { at, used } = time.sample(decode, frame);
    const previous = units.at(-1);
    const depends = used === 'archive' || line.text.includes('message repeated');
    if (depends && previous !== undefined) previous.lines.push(line);
    else units.push({ at, lines: [line] });
  }
  return units;
}

export function inOrder(units: readonly Unit[]): Unit[] {
  return units.toSorted((a, b) => a.at - b.at);
}

/** In another order: each is read at most five minutes of event time earlier or later. */
export function shuffled(units: readonly Unit[], seed: number): Unit[] {
  const random = new Random(seed);
  const moved = units.map((unit) => ({ unit, at: unit.at + (random.next() - 0.5) * SHUFFLED_MS }));
  return moved.sort((a, b) => a.at - b.at).map(({ unit }) => unit);
}

const COPY_AFTER = 3;

/** Each twice, as if two relays had written into one file: the copy comes a few lines later. */
export function doubled(units: readonly Unit[]): Unit[] {
  const copies = units.map((unit, index) => ({ unit, place: index + COPY_AFTER + 0.5 }));
  return [...units.map((unit, place) => ({ unit, place })), ...copies]
    .sort((a, b) => a.place - b.place)
    .map(({ unit }) => unit);
}

async function storeOf(story: Story): Promise<MemoryStore> {
  const store = new MemoryStore(projectionOf(advisory));
  const now = () => unitsOf(story)[0]?.at ?? END;
  await new Operations({ store, advisory, now, onCommit: () => {} }).import({ rows: story.rows });
  return store;
}

/** `end`: the time to which the archive has come. */
export type Run = { readonly store: MemoryStore; readonly end: number };

/** Replays these lines of a story from a file, as `replay` does. */
export async function replayed(story: Story, units: readonly Unit[], directory: string): Promise<Run> {
  const store = await storeOf(story);
  const name = join(directory, 'story.log');
  const bytes = Buffer.from(units.flatMap(({ lines }) => lines.map(({ text }) => `${text}\n`)).join(''));
  writeFileSync(name, bytes);
  const reader = startArchiveReader(bytes.length);
  const flush = async () => ({ evicted: 0, forgotten: 0 });
  const [stores, time] = [{ store, deciding: store, flush }, new ArchiveTime(END, zone)];
  try {
    const archive = [{ name, bytes: bytes.length, end: END, form: 'plain' as const }];
    await summarize(archive, reader, { stores, advisory, time, terminal: process.stderr });
  } finally {
    await reader.stop();
  }
  return { store, end: time.endFor(0) };
}

/** Receives each line at its event time. The clock moves from line to line, and what is due by then happens first. */
export async function live(story: Story, units: readonly Unit[]): Promise<MemoryStore> {
  const store = await storeOf(story);
  const pipeline = new Pipeline({ store, advisory, time: liveTime(zone), clock: () => 0 });
  const numbers = newNumbers();
  const collector = new FrameCollector(new Prefilter(undefined, true), undefined, new LiveHearing(numbers));
  for (const { at, lines } of inOrder(units)) {
    await pipeline.run([], at);
    await pipeline.due(at, 1000);
    for (const { text, peer } of lines) {
      const bytes = Buffer.from(text);
      const from = { peer: peer ?? RELAY, transport: 'udp', receivedAt: at } as const;
      readNumbers(bytes, 0, bytes.length, numbers);
      collector.add(bytes, 0, bytes.length, false, from);
      await pipeline.commit(pipeline.readFiltered(collector.take(), at), at);
    }
    await pipeline.due(at, 1000);
  }
  const end = inOrder(units).at(-1)?.at ?? END;
  await pipeline.commit(pipeline.read([], end, { end: true }), end);
  await pipeline.due(end, 1000);
  return store;
}

export async function incidentsIn(store: Store): Promise<IncidentRecord[]> {
  return everyRow((after) => store.incidents({ after, limit: 500 }));
}

/** What all runs agree on. `evidence`: not of doubled lines, as a copy without a counter is a repetition. */
export async function recordsOf(store: Store, { evidence = true } = {}): Promise<object[]> {
  return (await incidentsIn(store)).map((record) => ({
    id: record.id,
    state: record.state,
    severity: record.severity,
    score: record.score,
    families: record.families.toSorted(),
    diagnosis: record.diagnosis,
    openedAt: record.openedAt,
    confirmedAt: record.confirmedAt,
    recoveringAt: record.recoveringAt,
    resolvedAt: record.resolvedAt,
    ...(evidence ? { evidence: record.evidence } : {}),
  }));
}
