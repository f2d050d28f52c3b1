import { type ArchiveFile, archiveFilesOf, bytesOf } from '../archive/archive-files.ts';
import { type ArchiveReader, startArchiveReader } from '../archive/archive-reader.ts';
import { blocksOf, commitBlocks } from '../archive/batches.ts';
import { inOrderOfTime } from '../archive/file-order.ts';
import type { ArchiveReading } from '../archive/reading.ts';
import { ArchiveSource } from '../archive/source.ts';
import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { advanceTime } from '../core/correlate/correlate.ts';
import { makeDecoder } from '../core/decode/envelope.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import type { Device } from '../core/model/device.ts';
import { limits } from '../core/model/limits.ts';
import type { Outcome } from '../core/model/message.ts';
import { ArchiveTime } from '../core/read/event-time.ts';
import type { BatchStats } from '../pipeline/batch-stats.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { printable } from '../printable.ts';
import { batchesOf, type FrameBatch, type Source } from '../receive/source.ts';
import { everyPage, everyRow } from '../store/every-page.ts';
import { openReplayStore, type ReplayStore } from '../store/open-store.ts';
import type { EvictedRows } from '../store/ports/batch.ts';
import type { ListedIncident } from '../store/ports/incidents.ts';
import type { Store } from '../store/ports/store.ts';
import { projectionOf } from '../store/projection.ts';
import { counted } from './counted.ts';
import { noCiscoLine } from './no-cisco-line.ts';
import { type Colouring, print, printJson, warn } from './output.ts';
import { progressBar } from './progress.ts';
import { printTable } from './table.ts';
import { zoneOption } from './zone-option.ts';

const HOUR_MS = 3_600_000;

/** Incidents that are read at once at the end: nothing else waits for them. */
const ROWS_AT_ONCE = 10_000;

type Options = { json?: boolean; data?: string; zone: string; advisory?: string; color?: Colouring };

/** The result of a replay. The same input gives the same result, except `seconds` and `linesPerSecond`. */
type Summary = {
  lines: number;
  messages: number;
  outcomes: Record<Outcome, number>;
  signals: Record<string, number>;
  devices: number;
  incidents: IncidentRecord[];
  seconds: number;
  linesPerSecond: number;
};

/** Runs archived lines through the pipeline in event time. `terminal`: for the progress bar and for losses. */
export async function replay(
  files: readonly string[],
  options: Options,
  terminal: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  const started = performance.now();
  const zone = zoneOption(options.zone);
  const archive = await inOrderOfTime(archiveFilesOf(files, Date.now()), zone);
  const reader = startArchiveReader(bytesOf(archive));
  try {
    const advisory = await loadAdvisory(options.advisory ?? shippedAdvisory);
    const stores = await openReplayStore(options.data, projectionOf(advisory));
    try {
      if (options.data !== undefined) await bringOver(stores.store, advisory, options.data);
      const time = new ArchiveTime(endOf(archive), zone);
      const summary = await summarize(archive, reader, { stores, advisory, time, terminal, zone: options.zone });
      summary.seconds = (performance.now() - started) / 1000;
      summary.linesPerSecond = Math.round(summary.lines / summary.seconds);
      if (options.json === true) printJson(summary);
      if (summary.messages === 0) throw noCiscoLine(files, summary.lines);
      if (options.json !== true) printSummary(summary, options.color);
    } finally {
      await stores.store.close();
    }
  } finally {
    await reader.stop();
  }
}

/** No line of the archive is later. */
function endOf(archive: readonly ArchiveFile[]): number {
  return Math.max(...archive.map(({ end }) => end));
}

/** Loads what a replay in memory does not need: it takes longer than reading a short archive. */
async function bringOver(store: ReplayStore['store'], advisory: Advisory, data: string): Promise<void> {
  const [{ broughtOver }, { clockOf }] = await Promise.all([import('./open-data.ts'), import('../server-clock.ts')]);
  await broughtOver(store, advisory, [], data, await clockOf(store));
}

type Parts = {
  readonly stores: ReplayStore;
  readonly advisory: Advisory;
  readonly time: ArchiveTime;
  readonly terminal: NodeJS.WriteStream;
  /** The name of the zone of `time`, so that a thread can read lines as this one would; without it lines are read here. */
  readonly zone?: string;
};

/** The whole of a replay but its output. Tests give a store of their own. */
export async function summarize(
  archive: readonly ArchiveFile[],
  reader: ArchiveReader,
  parts: Parts,
): Promise<Summary> {
  const { stores, advisory, time, terminal, zone } = parts;
  const { store, deciding, flush } = stores;
  const summary: Summary = {
    lines: 0,
    messages: 0,
    outcomes: { parsed: 0, 'text-only': 0, other: 0, 'no-core': 0 },
    signals: {},
    devices: 0,
    incidents: [],
    seconds: 0,
    linesPerSecond: 0,
  };
  const pipeline = new Pipeline({ store: deciding, advisory, time, clock: () => performance.now() / 1000 });
  const order = { advisory, zone, end: endOf(archive), keepsEvidence: deciding.keepsEvidence };
  const reading =
    zone === undefined || reader.reading === undefined
      ? readingHere(reader, pipeline, time)
      : reader.reading({ ...order, zone }, time);
  const bar = await progressBar(archive, '', terminal);
  const silent: string[] = [];
  const lost = { late: 0, refused: 0, evicted: 0, forgotten: 0 };
  const forget = ({ evicted, forgotten }: EvictedRows) => {
    lost.evicted += evicted;
    lost.forgotten += forgotten;
  };
  const take = (stats: BatchStats) => {
    add(summary, stats);
    lost.late += stats.late;
    lost.refused += stats.refused;
    forget(stats);
  };
  try {
    for (const file of archive) {
      const before = ciscoLines(summary);
      await commitBlocks(
        pipeline,
        reading.blocks(file, (bytes) => bar?.increment(bytes)),
        file.end,
        take,
      );
      // The next file has another end time: without the flush its first batch would be decided twice.
      forget(await flush());
      if (ciscoLines(summary) === before) silent.push(file.name);
    }
  } finally {
    bar?.stop();
  }
  take(await pipeline.commit(await reading.end(), time.now));
  forget(await flush());
  await stores.complete?.();
  if (summary.messages > 0)
    for (const name of silent) warn(`${printable(name)}: no line is a Cisco message\n`, terminal);
  for (const line of losses(lost, advisory)) warn(`${line}\n`, terminal);
  await endOfArchive(store, time, advisory);
  const rows = await everyRow((after) => store.incidents({ after, limit: ROWS_AT_ONCE }));
  summary.incidents = rows.map(recordOf);
  summary.devices = (await store.counts(time.now)).devices.reduce((sum, { count }) => sum + count, 0);
  return summary;
}

/** One line for each reason for which messages did not count, or rows were deleted. */
function losses(
  { late, refused, evicted, forgotten }: EvictedRows & { readonly late: number; readonly refused: number },
  { correlation: { latenessMs } }: Advisory,
): string[] {
  const limit = `the limit is ${limits.devices} devices`;
  return [
    ...(late > 0
      ? [
          `${counted(late, 'tracked message')} did not count: a line of the same device that was read before is more than ${latenessMs / HOUR_MS} h later. Replay the lines in the order of their times`,
        ]
      : []),
    ...(refused > 0
      ? [`${counted(refused, 'tracked message')} of new devices not counted: ${limit}. Replay the archive in parts`]
      : []),
    ...(evicted > 0 ? [`${counted(evicted, 'device')} without an incident deleted: ${limit}`] : []),
    ...(forgotten > 0
      ? [`${counted(forgotten, 'past incident')} deleted: the limit is ${limits.pastIncidents} per device`]
      : []),
  ];
}

/** A line that waits for its second record has no outcome yet, but is a Cisco message. */
function ciscoLines({ lines, outcomes }: Pick<Summary, 'lines' | 'outcomes'>): number {
  return lines - outcomes['no-core'];
}

/** The plain way: lines are read in this thread, whichever has filtered them. */
function readingHere(reader: ArchiveReader, pipeline: Pipeline, time: ArchiveTime): ArchiveReading {
  return {
    blocks: async function* (file, onRead) {
      const source = new ArchiveSource(reader, file, onRead);
      try {
        await source.start();
        time.beginFile();
        yield* blocksOf(pipeline, anchored(time, source), file.end);
      } finally {
        await source.stop();
      }
    },
    end: async () => pipeline.read([], time.now, { end: true }),
  };
}

/** The batches of a file. First finds the year of the archive in the first lines: the reader forwards all of these. */
async function* anchored(time: ArchiveTime, source: Source): AsyncGenerator<FrameBatch> {
  const decode = makeDecoder();
  for await (const batch of batchesOf(source)) {
    const { frames } = batch.filtered;
    if (frames.length > 0) time.anchor(decode, frames);
    yield batch;
  }
}

/** Makes every change that is due by the end of the archive. No other device is read: time alone does not change it. */
async function endOfArchive(
  store: Store,
  time: ArchiveTime,
  advisory: Parameters<typeof advanceTime>[2],
): Promise<void> {
  const end = ({ lastSeenAt, watermark }: Device) => (lastSeenAt === null ? watermark : time.endFor(lastSeenAt));
  const dueBy = time.endFor(Number.NEGATIVE_INFINITY);
  for await (const rows of everyPage((after) => store.devices({ after, dueBy, limit: limits.pageRows }))) {
    const about = { names: [], keys: rows.map(({ key }) => key), newDevices: 0 };
    await store.commit(about, (known) => {
      const { devices, ...decided } = advanceTime(known.devices.values(), end, advisory);
      return { ...decided, devices: [...devices.values()], unparsed: [], notes: [], notices: [], now: time.now };
    });
  }
}

/** An archive says nothing of plants and people. */
function recordOf(listed: ListedIncident): IncidentRecord {
  const { plant, product, release, address, repair, placeAssumed, changedAt, acknowledged, ...record } = listed;
  return record;
}

function add(summary: Summary, stats: BatchStats): void {
  summary.lines += stats.lines;
  for (const [outcome, count] of Object.entries(stats.outcomes)) summary.outcomes[outcome as Outcome] += count;
  summary.messages = summary.lines - summary.outcomes['no-core'];
  for (const [name, count] of stats.signals) {
    const key = name.slice(0, name.indexOf(' '));
    summary.signals[key] = (summary.signals[key] ?? 0) + count;
  }
}

function printSummary(summary: Summary, colouring: Colouring | undefined): void {
  const { outcomes, incidents } = summary;
  const tracked = outcomes.parsed + outcomes['text-only'];
  const rows = incidents.map((row) => [
    row.openedAt,
    row.device,
    row.state,
    row.severity,
    String(row.score),
    row.families.join(','),
  ]);
  if (rows.length === 0) print('No incidents\n');
  else printTable(['opened', 'device', 'state', 'severity', 'score', 'families'], rows, colouring);
  const counts = [
    '',
    `${counted(summary.lines, 'line')}: ${counted(tracked, 'tracked message')} (${outcomes.parsed} parsed, ${outcomes['text-only']} with a text that could not be parsed), ${counted(outcomes.other, 'other Cisco message')}, ${counted(outcomes['no-core'], 'line')} not recognised as Cisco syslog`,
    `${counted(summary.devices, 'device')}, ${counted(incidents.length, 'incident')}; ${summary.seconds.toFixed(2)} s, ${summary.linesPerSecond} lines/s`,
  ];
  print(`${counts.join('\n')}\n`);
}
