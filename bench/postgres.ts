/** The store on PostgreSQL against the embedded one, what an instance sustains with a large fleet, and what a second one costs. */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import type { Advisory } from '../src/core/advisory/advisory.ts';
import { limits } from '../src/core/model/limits.ts';
import type { Frame } from '../src/core/model/message.ts';
import { liveTime } from '../src/core/read/event-time.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/ports/store.ts';
import { projectionOf } from '../src/store/projection.ts';
import { owner } from '../test/soak/owner.ts';
import { query, skipWithoutPostgres } from '../test/store/postgres/cluster.ts';
import { Server } from '../test/store/postgres/server.ts';
import { FAILURES, nameOf } from './fleet-fixture.ts';
import { processorSeconds } from './processes.ts';
import type { Bench, Findings, Section } from './section.ts';
import { median, quantile } from './statistics.ts';
import { table, times, whole } from './table.ts';

const SIZES = [140, 20];
const RATE = 2000;
/** As a server in earnest: what it has answered, it has. */
const SETTINGS = ['shared_buffers=256MB', 'max_wal_size=4GB', 'autovacuum=on', 'synchronous_commit=on', 'fsync=on'];
/** On any machine, a turn is done within this time, mostly. */
const ALARM_MS = 5000;

export const postgresSection: Section = { name: 'postgres', title: 'Several instances on PostgreSQL', measure };

type Opened = { readonly store: Store; readonly pipeline: Pipeline };

async function measure(bench: Bench): Promise<Findings> {
  if (skipWithoutPostgres !== false)
    return { text: `Not measured: ${skipWithoutPostgres}.`, goals: [], alarms: [], versions: [] };
  const own = owner();
  try {
    return await measured(bench, await Server.make(own, { settings: SETTINGS }));
  } finally {
    await own.end();
  }
}

async function measured(bench: Bench, server: Server): Promise<Findings> {
  const advisory = await loadAdvisory(shippedAdvisory);
  const before = loadavg();
  const rounds = bench.length('rounds', 5, 1);
  const devices = bench.length('devices', 100_000, 2000);
  const seconds = bench.quick ? 3 : 60;
  const commits = await againstSqlite(bench, server, advisory, rounds);
  await query(server.url, 'CREATE DATABASE fleet');
  const url = server.url.replace(/postgres$/, 'fleet');
  const one = await opened({ url, instance: 'a' }, advisory);
  await fill(one, devices);
  await query(url, 'VACUUM ANALYZE');
  const alone = await sustained([one], { devices, seconds, server });
  const two = await opened({ url, instance: 'b' }, advisory);
  const both = await sustained([one, two], { devices, seconds, server });
  for (const { store } of [one, two]) await store.close();
  const sides = [alone, both].map(({ turns, behind, cpu }, at) => [
    at === 0 ? `one, ${whole(RATE)} lines/s` : `two, ${whole(RATE / 2)} lines/s each`,
    ...[0.5, 0.99, 1].map((part) => quantile(turns, part).toFixed(0)),
    behind,
    cpu.toFixed(2),
  ]);
  const p99 = quantile(alone.turns, 0.99);
  const more = both.cpu / alone.cpu;
  const { rows } = await query(server.url, 'SHOW server_version');
  return {
    text: `Live commits of failures of ${whole(COMMIT_DEVICES)} devices in turn, whole turns of the pipeline: reading, deciding, storing. Both stores answer
after the disk has it. Medians of ${rounds} rounds, the stores in turns. CPU is of a line, that of the server included.

${loadText(before)}

${table(
  ['lines a commit', 'SQLite: lines/s', 'PostgreSQL: lines/s', 'ratio', 'SQLite: CPU µs', 'PostgreSQL: CPU µs'],
  commits.map(({ size, sqlite, postgres, sqliteCpu, postgresCpu }) => [
    ...[size, sqlite, postgres, times(postgres / sqlite), sqliteCpu, postgresCpu],
  ]),
)}

${whole(devices)} devices, each with an incident; failures of any of them for ${seconds} s. \`behind\`: lines that waited at the end. CPU: seconds of the
server's processes in a second. Instances and server share the cores of the machine.

${table(['instances', 'p50 ms', 'p99 ms', 'longest ms', 'behind', 'CPU of the server'], sides)}`,
    goals: [
      ...commits.map(({ size, sqlite, postgres }) => ({
        promise: `commits of ${size} lines: 0.8 of the rate of SQLite`,
        measured: times(postgres / sqlite),
        met: postgres / sqlite >= 0.8,
      })),
      {
        promise: `${whole(RATE)} lines/s with ${whole(devices)} devices: a turn within 250 ms (p99)`,
        measured: `${p99.toFixed(0)} ms, ${whole(alone.behind)} lines behind`,
        met: p99 <= 250 && alone.behind < RATE,
      },
      {
        promise: 'two instances: CPU of the server at most 1.5 times that of one',
        measured: times(more),
        met: more <= 1.5,
      },
    ],
    alarms: p99 > ALARM_MS ? [`a turn on PostgreSQL takes more than ${ALARM_MS} ms`] : [],
    versions: [`PostgreSQL ${String(rows[0].server_version).split(' ')[0]}`],
  };
}

async function opened(location: Parameters<typeof openStore>[0], advisory: Advisory): Promise<Opened> {
  const store = await openStore(location, projectionOf(advisory), 'write');
  return { store, pipeline: new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 }) };
}

const COMMIT_DEVICES = 1000;

async function againstSqlite({ directory, quick }: Bench, server: Server, advisory: Advisory, rounds: number) {
  await query(server.url, 'CREATE DATABASE commits');
  const url = server.url.replace(/postgres$/, 'commits');
  const stores = [
    await opened(join(directory, 'commits'), advisory),
    await opened({ url, instance: 'a' }, advisory),
  ] as const;
  for (const one of stores) await fill(one, COMMIT_DEVICES);
  const found = [];
  for (const size of SIZES) {
    const rates: [number[], number[]] = [[], []];
    const micros: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++)
      for (const [at, { pipeline }] of stores.entries()) {
        const lines = Math.ceil((quick ? 1000 : 14_000) / size) * size;
        const [started, cpu] = [performance.now(), cpuOf(server) + ownCpu()];
        for (let from = 0; from < lines; from += size)
          await pipeline.run(
            Array.from({ length: size }, (_, index) => frameOf((from + index) % COMMIT_DEVICES)),
            Date.now(),
          );
        rates[at as 0 | 1].push((lines / (performance.now() - started)) * 1000);
        micros[at as 0 | 1].push(((cpuOf(server) + ownCpu() - cpu) / lines) * 1e6);
      }
    const [sqlite, postgres] = rates.map(median) as [number, number];
    const [sqliteCpu, postgresCpu] = micros.map(median) as [number, number];
    found.push({ size, sqlite, postgres, sqliteCpu, postgresCpu });
  }
  for (const { store } of stores) await store.close();
  return found;
}

/** Each device gets two lines, which make an incident. */
async function fill({ pipeline }: Opened, devices: number): Promise<void> {
  for (let nth = 0; nth < 2; nth++)
    for (let from = 0; from < devices; from += limits.commitLines)
      await pipeline.run(
        Array.from({ length: Math.min(limits.commitLines, devices - from) }, (_, index) => frameOf(from + index, nth)),
        Date.now(),
      );
}

type Load = { readonly devices: number; readonly seconds: number; readonly server: Server };

/** Lines of the load are dealt to the instances. Each takes what waits, as the pump does. */
async function sustained(instances: readonly Opened[], { devices, seconds, server }: Load) {
  const turns: number[] = [];
  const rate = RATE / instances.length;
  let behind = 0;
  const cpuBefore = cpuOf(server);
  const started = performance.now();
  const until = started + seconds * 1000;
  const drive = async ({ pipeline }: Opened, at: number) => {
    for (let done = 0; ; ) {
      const now = Math.min(performance.now(), until);
      const due = Math.floor(((now - started) / 1000) * rate) - done;
      if (performance.now() >= until) {
        behind += due;
        return;
      }
      const size = Math.min(due, limits.commitLines);
      if (size < limits.leastCommitLines) {
        await delay(5);
        continue;
      }
      // A large prime: neighbours in time are not neighbours in the table.
      const frames = Array.from({ length: size }, (_, index) =>
        frameOf((((done + index) * instances.length + at) * 48_271) % devices),
      );
      const begun = performance.now();
      await pipeline.run(frames, Date.now());
      turns.push(performance.now() - begun);
      done += size;
    }
  };
  await Promise.all(instances.map(drive));
  const cpu = (cpuOf(server) - cpuBefore) / ((performance.now() - started) / 1000);
  return { turns, behind, cpu };
}

/** Processes that wait for a processor make each answer of the server late. */
function loadText([before = 0]: readonly number[]): string {
  return `Processes that ran or waited, on average of a minute: ${before.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} at the end.`;
}

/** Processor seconds of this process. */
function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Processor seconds of all processes of the server. */
function cpuOf(server: Server): number {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', `${server.pid}`], { encoding: 'utf8' });
  const pids = children.split('\n').flatMap((pid) => (pid.trim() === '' ? [] : Number(pid)));
  return pids.reduce((sum, pid) => sum + processorSeconds(pid), processorSeconds(server.pid));
}

let counter = 0;

function frameOf(device: number, nth = counter): Frame {
  counter++;
  const body = FAILURES[nth % 2] as string;
  const bytes = Buffer.from(`<187>${counter}: ${nameOf(device)}: ${body}`);
  const place = { start: 0, end: bytes.length, peer: null, transport: 'udp', truncated: false } as const;
  return { ...place, bytes, receivedAt: Date.now() };
}
