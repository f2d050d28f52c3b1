/** Lines over one connection and over many. This program makes incidents of them, the relays write them to a file. */
import { setTimeout as delay } from 'node:timers/promises';
import { end, messageFrom, processorSeconds, startHelper } from './processes.ts';
import { type Relay, type RelayProgram, relaysIn } from './relays.ts';
import type { Bench, Findings, Section } from './section.ts';
import { startService } from './service.ts';
import { median } from './statistics.ts';
import { list, table, times, whole } from './table.ts';

export type TcpTask = {
  readonly port: number;
  readonly lines: number;
  readonly connections: number;
  readonly share: number;
  readonly devices: number;
  readonly seed: number;
};
type Run = { readonly seconds: number; readonly processor: number };

const CONNECTIONS = [1, 50];
const POLL_MS = 20;
const WAIT_MS = 120_000;

export const tcpSection: Section = { name: 'tcp', title: 'Connections', measure };

async function measure(bench: Bench): Promise<Findings> {
  const { directory } = bench;
  const lines = bench.length('lines', 1_000_000, 30_000);
  const rounds = bench.length('rounds', 3, 1);
  const known = relaysIn(directory);
  const present = known.filter(({ version }) => version !== null);
  const service: RelayProgram = {
    name: 'quovadis-watch serve',
    does: 'correlation; incidents stored',
    version: process.version,
    open: () => openService(directory, lines),
  };
  const rows: (readonly (string | number)[])[] = [];
  for (const connections of CONNECTIONS) {
    const runs = new Map([service, ...present].map((program) => [program, [] as Run[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [program, results] of runs) results.push(await race(program, lines, connections));
    }
    const rate = (program: RelayProgram) => lines / median((runs.get(program) as Run[]).map(({ seconds }) => seconds));
    for (const [program, results] of runs) {
      const ratio = program === service ? '' : times(rate(service) / rate(program));
      const cost = ((median(results.map(({ processor }) => processor)) / lines) * 1e6).toFixed(2);
      rows.push([String(connections), program.name, program.does, rate(program), ratio, cost]);
    }
  }
  const absent = known.filter(({ version }) => version === null);
  return {
    text: `${whole(lines)} lines of the 2 % mix, ended by LF, sent as fast as the program reads them, until the last line is correlated or written;
medians of ${rounds} rounds.

${table(['connections', 'program', 'does', 'lines/s', 'ours is', 'CPU s a million'], rows)}${
  absent.length === 0 ? '' : `\n\n${list(absent.map(({ name }) => `${name} is left out: it is not installed.`))}`
}`,
    goals: [],
    alarms: [],
    versions: present.map(({ name, version }) => `${name} ${version}`),
  };
}

async function race(program: RelayProgram, lines: number, connections: number): Promise<Run> {
  const relay = await program.open();
  const task: TcpTask = { port: relay.port, lines, connections, share: 0.02, devices: 5000, seed: 1 };
  const sender = startHelper('./tcp-sender.ts', [JSON.stringify(task)]);
  try {
    const { bytes } = await messageFrom<{ bytes: number }>(sender);
    const used = relay.processor();
    const started = performance.now();
    sender.send('go');
    await messageFrom(sender);
    await relay.took(bytes);
    return { seconds: (performance.now() - started) / 1000, processor: relay.processor() - used };
  } finally {
    await end(sender);
    await relay.stop();
  }
}

/** A line counts as processed once the service has received it and it no longer waits in the queue. */
async function openService(directory: string, lines: number): Promise<Relay> {
  const service = await startService(directory);
  const took = async () => {
    for (const started = performance.now(); performance.now() - started < WAIT_MS; await delay(POLL_MS)) {
      const sample = await service.metrics();
      const received = sample.sum('quovadis_syslog_lines_received_total', { transport: 'tcp' });
      if (received >= lines && sample.sum('quovadis_pipeline_queue_lines') === 0) return;
    }
    throw new Error(`the service did not process ${lines} lines within ${WAIT_MS / 1000} s`);
  };
  return { port: service.tcp, took, processor: () => processorSeconds(service.pid), stop: service.stop };
}
