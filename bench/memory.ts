/** What stays in memory over many lines, and over many spoofed senders. */
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { DAY, DAY_MS, openFlow } from './generate.ts';
import { end, memoryOf, messageFrom, start, startHelper } from './processes.ts';
import { program } from './program.ts';
import type { Bench, Findings, Goal, Section } from './section.ts';
import { type Service, startService } from './service.ts';
import type { Spoofed, SpoofTask } from './spoofer.ts';
import { median } from './statistics.ts';
import { mebibytes, percent, table, whole } from './table.ts';
import { emptied } from './udp-load.ts';

/** Few enough devices: after a tenth of the lines, each device has long reached its bounds. */
const DEVICES = 1000;
/** How fast the time of the archive advances: a hundred million lines are a month. */
const LINES_A_DAY = 3_000_000;
/** The next senders start when at most this many lines wait: a lost line would not add to the memory. */
const WAITING_LINES = 16_000;
const CALM_MS = 120_000;
const BLOCK_BYTES = 1 << 18;
const SAMPLE_MS = 50;
/** A growth that garbage which is not yet collected cannot explain. */
const ALARM_GROWTH = 3;

/** Medians of what was in memory at and shortly before a tenth of the work and all of it. */
type Growth = { readonly tenth: number; readonly all: number; readonly most: number };

export const memorySection: Section = { name: 'memory', title: 'Memory', measure };

async function measure(bench: Bench): Promise<Findings> {
  const lines = bench.length('memory-lines', 10_000_000, 300_000);
  const served = bench.length('serve-lines', 5_000_000, 50_000);
  const sources = bench.length('sources', 1_000_000, 3000);
  const replayed = await replayGrowth(lines);
  const service = await serveGrowth(bench.directory, served);
  const rows = [
    ['replay, lines on standard input', ...columns(lines, replayed), '–', '–'],
    ['serve, lines over TCP', ...columns(served, service.growth), mebibytes(service.disk), '–'],
  ];
  const spoofed: Growth[] = [];
  for (const each of bench.quick ? [2] : [1, 2]) {
    const { growth, disk, notes } = await spoofGrowth(bench.directory, sources, each);
    spoofed.push(growth);
    rows.push([`serve, senders with ${trackedLines(each)}`, ...columns(sources, growth), mebibytes(disk), notes]);
  }
  const heads = ['work', 'of it', 'after a tenth', 'after all', 'change', 'at most', 'on disk', 'in the end'];
  return {
    text: `Resident memory of whole processes, the median of samples in the last third before each mark; ${DEVICES} devices, the 2 %
mix. The senders are as many addresses of 127.0.0.0/8, each a socket of its own with a device name of its own.

${table(heads, rows)}`,
    // In the quick form both marks are so early that they say nothing.
    goals: bench.quick
      ? []
      : [replayGoal(lines, replayed), ...spoofed.map((growth, index) => spoofGoal(sources, 1 + index, growth))],
    alarms: replayed.all > replayed.tenth * ALARM_GROWTH ? ['the memory of replay grows with the lines'] : [],
    versions: [],
  };
}

function trackedLines(each: number): string {
  return each === 1 ? '1 tracked line' : `${each} tracked lines`;
}

function columns(count: number, growth: Growth): string[] {
  return [whole(count), mebibytes(growth.tenth), mebibytes(growth.all), change(growth), mebibytes(growth.most)];
}

function change({ tenth, all }: Growth): string {
  return `${all < tenth ? '-' : '+'}${percent(Math.abs(all / tenth - 1))}`;
}

function replayGoal(lines: number, growth: Growth): Goal {
  return {
    promise: `replay: after ${whole(lines)} lines within 10 % of after ${whole(lines / 10)}`,
    measured: change(growth),
    met: growth.all <= growth.tenth * 1.1,
  };
}

/** The store keeps at most 100,000 devices, as many as a tenth of a million senders. */
function spoofGoal(sources: number, each: number, growth: Growth): Goal {
  return {
    promise: `${whole(sources)} senders with ${trackedLines(each)}: at most half more than after a tenth of them`,
    measured: change(growth),
    met: growth.all <= growth.tenth * 1.5,
  };
}

async function replayGrowth(lines: number): Promise<Growth> {
  const child = start(process.execPath, [program, 'replay', '--json', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  try {
    const growth = new Watch(child.pid as number, lines);
    await feed(child.stdin as Writable, lines, (index) => DAY + (index / LINES_A_DAY) * DAY_MS, growth);
    const measured = growth.result();
    const [code] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode];
    if (code !== 0) throw new Error(`replay ended with ${code}`);
    return measured;
  } finally {
    await end(child);
  }
}

async function serveGrowth(directory: string, lines: number): Promise<{ growth: Growth; disk: number }> {
  const service = await startService(directory);
  const socket = connect({ host: '127.0.0.1', port: service.tcp });
  try {
    await once(socket, 'connect');
    const watch = new Watch(service.pid, lines);
    const now = Date.now();
    await feed(socket, lines, () => now, watch);
    await service.settled();
    return { growth: watch.result(), disk: bytesIn(service.data) };
  } finally {
    socket.destroy();
    await service.stop();
  }
}

async function spoofGrowth(directory: string, sources: number, each: number) {
  const service = await startService(directory);
  const task: SpoofTask = { port: service.udp, sources, each };
  const spoofer = startHelper('./spoofer.ts', [JSON.stringify(task)]);
  try {
    await messageFrom(spoofer);
    const watch = new Watch(service.pid, sources);
    for (let done = 0; done < sources; ) {
      const sent = messageFrom<Spoofed>(spoofer);
      spoofer.send('go');
      ({ done } = await sent);
      await emptied(service.udp);
      await calm(service);
      watch.reached(done);
    }
    const sample = await service.settled();
    const growth = watch.result();
    const dropped = sample.sum('quovadis_syslog_lines_dropped_total');
    const notes = [
      `${whole(sample.sum('quovadis_devices'))} devices`,
      `${whole(sample.sum('quovadis_devices_evicted_total'))} forgotten`,
      `${whole(sample.sum('quovadis_incidents'))} incidents`,
      `${percent(dropped / (sources * each))} dropped`,
    ];
    return { growth, disk: bytesIn(service.data), notes: notes.join(', ') };
  } finally {
    await end(spoofer);
    await service.stop();
  }
}

async function calm({ metrics }: Service): Promise<void> {
  for (const started = performance.now(); performance.now() - started < CALM_MS; await delay(20)) {
    if ((await metrics()).sum('quovadis_pipeline_queue_lines') <= WAITING_LINES) return;
  }
  throw new Error(`the service still has more than ${WAITING_LINES} lines to work on after ${CALM_MS / 1000} s`);
}

/** Writes lines as fast as the reader takes them. */
async function feed(out: Writable, lines: number, at: (index: number) => number, watch: Watch): Promise<void> {
  const flow = openFlow({ share: 0.02, devices: DEVICES, seed: 1 });
  let block = '';
  for (let index = 0; index < lines; index++) {
    block += `${flow.next(at(index))}\n`;
    if (block.length < BLOCK_BYTES && index < lines - 1) continue;
    if (!out.write(block, 'latin1')) await once(out, 'drain');
    block = '';
    watch.reached(index + 1);
  }
  out.end();
}

/** Samples of a process's memory, by how much of the work was done. */
class Watch {
  readonly #pid: number;
  readonly #all: number;
  readonly #samples: { readonly done: number; readonly bytes: number }[] = [];
  #sampledAt = 0;

  constructor(pid: number, all: number) {
    this.#pid = pid;
    this.#all = all;
  }

  reached(done: number): void {
    const now = performance.now();
    if (now - this.#sampledAt < SAMPLE_MS && done < this.#all) return;
    this.#sampledAt = now;
    this.#samples.push({ done, bytes: memoryOf(this.#pid).now });
  }

  result(): Growth {
    const before = (mark: number) => {
      const near = this.#samples.filter(({ done }) => done > (mark * 2) / 3 && done <= mark);
      // On few lines no sample may be as near as that.
      const last = this.#samples.filter(({ done }) => done <= mark).at(-1) ?? this.#samples[0];
      return median((near.length > 0 ? near : last === undefined ? [] : [last]).map(({ bytes }) => bytes));
    };
    const most = Math.max(...this.#samples.map(({ bytes }) => bytes));
    return { tenth: before(this.#all / 10), all: before(this.#all), most };
  }
}

function bytesIn(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}
