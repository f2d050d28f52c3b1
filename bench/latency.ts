/** The time from sending the deciding line to the incident's event in the API's stream, beside chatter. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ceilingText } from './live-udp.ts';
import type { Bench, Findings, Section } from './section.ts';
import { type Service, startService } from './service.ts';
import { quantile } from './statistics.ts';
import { percent, table, whole } from './table.ts';
import { prepareLoad } from './udp-load.ts';

const PARTS = [0.1, 0.5, 0.9];
const PROBE_INTERVAL_MS = 20;
/** How many probes earlier the first line of a device is sent. The service has it long before the deciding line. */
const AHEAD_PROBES = 10;
const BEFORE_PROBES_MS = 1000;
const AFTER_PROBES_MS = 2000;
/** Even on a busy machine, the service reports half of the incidents within this time. */
const ALARM_MS = 1000;

const FIRST =
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)';
const DECIDING =
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.';

type Probes = { readonly milliseconds: readonly number[]; readonly lost: number; readonly rate: number };

type Listener = { readonly ended: Promise<void> };

export const latencySection: Section = { name: 'latency', title: 'From the deciding line to the event', measure };

async function measure(bench: Bench): Promise<Findings> {
  const ceiling = await bench.ceiling();
  const probes = bench.length('probes', 500, 30);
  const rows: (readonly (string | number)[])[] = [];
  const results = new Map<number, Probes>();
  for (const part of bench.quick ? PARTS.slice(0, 2) : PARTS) {
    const result = await probe(bench.directory, ceiling.rate * part, probes);
    results.set(part, result);
    const of = (at: number) => (result.milliseconds.length === 0 ? '–' : quantile(result.milliseconds, at).toFixed(1));
    rows.push([`${part * 100} %`, result.rate, of(0.5), of(0.99), of(1), percent(result.lost / probes)]);
  }
  const half = results.get(0.5)?.milliseconds ?? [];
  const p99 = half.length === 0 ? Number.POSITIVE_INFINITY : quantile(half, 0.99);
  const tenth = results.get(0.1)?.milliseconds ?? [];
  return {
    text: `${ceilingText(ceiling)} ${whole(probes)} devices a
step, one each ${PROBE_INTERVAL_MS} ms, beside the 2 % mix. \`not seen\`: a datagram of the probe was lost, or the event did not come
within ${AFTER_PROBES_MS / 1000} s. Sender, service and probe share the machine's cores.

${table(['load', 'lines/s', 'p50 ms', 'p99 ms', 'longest ms', 'not seen'], rows)}`,
    goals: [
      { promise: 'detection within 100 ms at 50 % load (p99)', measured: `${p99.toFixed(1)} ms`, met: p99 < 100 },
    ],
    alarms:
      tenth.length === 0 || quantile(tenth, 0.5) > ALARM_MS
        ? [`at a tenth of the ceiling an incident is not reported within ${ALARM_MS} ms`]
        : [],
    versions: [],
  };
}

async function probe(directory: string, rate: number, probes: number): Promise<Probes> {
  const service = await startService(directory);
  const socket = createSocket('udp4');
  const listening = new AbortController();
  try {
    socket.connect(service.udp, '127.0.0.1');
    await once(socket, 'connect');
    const reported = new Map<string, number>();
    const { ended } = await listen(service, reported, listening.signal);
    const seconds = (BEFORE_PROBES_MS + (probes + AHEAD_PROBES) * PROBE_INTERVAL_MS) / 1000 + 0.5;
    const load = await prepareLoad(service.udp, rate, seconds);
    try {
      const loaded = load.run();
      await delay(BEFORE_PROBES_MS);
      const sentAt = await sendProbes(socket, probes);
      const { rate: reached } = await loaded;
      await delay(AFTER_PROBES_MS);
      listening.abort();
      await ended;
      const milliseconds = [...sentAt].flatMap(([device, at]) => {
        const seen = reported.get(device);
        return seen === undefined ? [] : [seen - at];
      });
      return { milliseconds, lost: probes - milliseconds.length, rate: reached };
    } finally {
      await load.stop();
    }
  } finally {
    listening.abort();
    socket.close();
    await service.stop();
  }
}

/** The time at which each deciding line was sent, by device. */
async function sendProbes(socket: Socket, probes: number): Promise<ReadonlyMap<string, number>> {
  const sentAt = new Map<string, number>();
  for (let index = 0; index < probes + AHEAD_PROBES; index++) {
    if (index < probes) socket.send(`<189>1: probe-${index}: ${FIRST}`);
    const decided = index - AHEAD_PROBES;
    if (decided >= 0) {
      sentAt.set(`probe-${decided}`, performance.now());
      socket.send(`<187>2: probe-${decided}: ${DECIDING}`);
    }
    await delay(PROBE_INTERVAL_MS);
  }
  return sentAt;
}

/** Stores in `reported` the time at which the first event of each device arrived. */
async function listen({ http }: Service, reported: Map<string, number>, signal: AbortSignal): Promise<Listener> {
  const answer = await fetch(`${http}/api/v1/stream`, { signal });
  if (!answer.ok || answer.body === null) throw new Error(`the stream answered ${answer.status}`);
  const chunks = answer.body.pipeThrough(new TextDecoderStream());
  const read = async () => {
    let rest = '';
    for await (const chunk of chunks) {
      const at = performance.now();
      rest += chunk;
      const end = rest.lastIndexOf('\n\n');
      for (const [, device = ''] of rest.slice(0, end + 1).matchAll(/"device":"(probe-\d+)"/g)) {
        if (!reported.has(device)) reported.set(device, at);
      }
      rest = rest.slice(end + 1);
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return { ended };
}
