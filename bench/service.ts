/** The service as a process of its own, on free ports of the loopback device. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { end, start } from './processes.ts';
import { program } from './program.ts';

const START_MS = 30_000;
const SETTLE_MS = 120_000;

export type Service = {
  readonly pid: number;
  readonly udp: number;
  readonly tcp: number;
  /** Null without TLS. */
  readonly tls: number | null;
  readonly http: string;
  /** Null without `http.probe`. */
  readonly probe: string | null;
  /** Where its store is. */
  readonly data: string;
  readonly metrics: () => Promise<Sample>;
  /** Waits until no line is on its way any more, and returns the metrics of that moment. */
  readonly settled: () => Promise<Sample>;
  readonly stop: () => Promise<void>;
};

/** The sum of the series of a metric whose labels include these; null if it has no such metric. */
export type Sample = {
  readonly sum: (metric: string, labels?: Readonly<Record<string, string>>) => number;
  readonly has: (metric: string) => boolean;
};

/** `args` and `environment`: what the service gets beside its ports and its data. */
export async function startService(
  directory: string,
  { args: more = [], environment = {} }: { args?: readonly string[]; environment?: NodeJS.ProcessEnv } = {},
): Promise<Service> {
  const own = mkdtempSync(join(directory, 'service-'));
  const log = join(own, 'log');
  const out = openSync(log, 'w');
  // Its log goes to a file, as it goes to the journal elsewhere: at its ordinary level.
  const free = '127.0.0.1:0';
  const args = [program, 'serve', '--udp', free, '--tcp', free, '--http', free, '--data', join(own, 'data'), ...more];
  // One address sends for thousands of devices, as a relay does.
  const env = { ...process.env, QUOVADIS_SYSLOG_RELAYS: '127.0.0.1/32', ...environment };
  const child = start(process.execPath, args, { stdio: ['ignore', out, out], env });
  closeSync(out);
  const stop = async () => {
    await end(child);
    rmSync(own, { recursive: true, force: true });
  };
  try {
    const { udp, tcp, tls, http, probe } = await listening(child, log);
    const url = `http://127.0.0.1:${http.port}`;
    const metrics = () => scrape(`${url}/metrics`);
    return {
      pid: child.pid as number,
      udp: udp.port,
      tcp: tcp.port,
      tls: tls?.port ?? null,
      http: url,
      probe: probe === undefined ? null : `http://127.0.0.1:${probe.port}`,
      data: join(own, 'data'),
      metrics,
      settled: () => settled(metrics),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Port = { readonly port: number };
type Listening = {
  readonly udp: Port;
  readonly tcp: Port;
  readonly tls?: Port;
  readonly http: Port;
  readonly probe?: Port;
};

async function listening(child: ChildProcess, log: string): Promise<Listening> {
  for (const started = performance.now(); performance.now() - started < START_MS; await delay(20)) {
    const line = readFileSync(log, 'utf8')
      .split('\n')
      .find((text) => text.includes('"msg":"listening"'));
    if (line !== undefined) return JSON.parse(line) as Listening;
    if (child.exitCode !== null) break;
  }
  throw new Error(`the service does not listen: ${readFileSync(log, 'utf8').slice(-2000)}`);
}

/** The metrics must be equal this many times: the counts of the threads reach them later, on a busy machine much later. */
const QUIET_LOOKS = 5;

async function settled(metrics: () => Promise<Sample>): Promise<Sample> {
  let [before, quiet] = [-1, 0];
  for (const started = performance.now(); performance.now() - started < SETTLE_MS; await delay(100)) {
    const sample = await metrics();
    const received = sample.sum('quovadis_syslog_lines_received_total');
    quiet = received === before && sample.sum('quovadis_pipeline_queue_lines') === 0 ? quiet + 1 : 0;
    if (quiet === QUIET_LOOKS) return sample;
    before = received;
  }
  throw new Error(`the service still has lines to work on ${SETTLE_MS / 1000} s after the last was sent`);
}

async function scrape(url: string): Promise<Sample> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const of = (metric: string) =>
    series.filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  return {
    has: (metric) => of(metric).length > 0,
    sum: (metric, labels = {}) =>
      of(metric)
        .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0),
  };
}
