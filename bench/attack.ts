/**
 * Attackers on every port at once, while devices that have done nothing open incidents. On the loopback device every
 * address of 127.0.0.0/8 is a host of its own.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttackTask } from './attackers.ts';
import type { Opened, OpenTask } from './honest-devices.ts';
import { end, messageFrom, startHelper } from './processes.ts';
import type { Bench, Findings, Section } from './section.ts';
import { type Sample, startService } from './service.ts';
import { quantile } from './statistics.ts';
import { table, whole } from './table.ts';

const DEVICES = 500;
const WITHIN_MS = 5000;
/** Of the devices that send by UDP. */
const MOST_LOST = 4;
const HEALTH_MS = 100;
const HEALTH_INTERVAL_MS = 50;

export const attackSection: Section = { name: 'attack', title: 'Under attack', measure };

async function measure(bench: Bench): Promise<Findings> {
  const { silent, held, invented, floodRate } = attack(bench.quick);
  const { key, cert } = certificate(bench.directory);
  const service = await startService(bench.directory, {
    args: ['--tls', '127.0.0.1:0'],
    environment: { QUOVADIS_HTTP_PROBE: '127.0.0.1:0', QUOVADIS_SYSLOG_TLS_CERT: cert, QUOVADIS_SYSLOG_TLS_KEY: key },
  });
  const { udp, tcp } = service;
  const tls = service.tls as number;
  const http = Number(new URL(service.http).port);
  const task: AttackTask = { ...{ udp, tcp, tls, http }, ...{ silent, held, invented, floodRate } };
  const attackers = startHelper('./attackers.ts', [JSON.stringify(task)]);
  const devices = startHelper('./honest-devices.ts', [
    JSON.stringify({ udp, tcp, tls, http, devices: DEVICES, withinMs: WITHIN_MS } satisfies OpenTask),
  ]);
  try {
    // The first request of this process loads its HTTP client.
    await fetch(`${service.http}/healthz`).then((response) => response.text());
    await messageFrom(devices);
    await messageFrom(attackers);
    const watched = new AbortController();
    const health = watchHealth(service.http, watched.signal);
    const probe = watchHealth(service.probe ?? '', watched.signal);
    devices.send('go');
    const opened = await messageFrom<Opened>(devices);
    watched.abort();
    const answers = { http: await health, probe: await probe };
    await end(attackers);
    const sample = await service.settled();
    return findings(task, opened, answers, sample);
  } finally {
    await end(attackers);
    await end(devices);
    await service.stop();
  }
}

const attack = (quick: boolean) =>
  quick
    ? { silent: 600, held: 256, invented: 5000, floodRate: 5000 }
    : { silent: 4200, held: 256, invented: 100_000, floodRate: 20_000 };

type Answers = { readonly http: readonly number[]; readonly probe: readonly number[] };

function findings(task: AttackTask, opened: Opened, answers: Answers, sample: Sample): Findings {
  const all = Object.values(opened.milliseconds).flat();
  const there = all.filter((ms) => ms <= WITHIN_MS).length;
  const longest = (figures: readonly number[]) =>
    figures.length === 0 ? Number.POSITIVE_INFINITY : quantile(figures, 1);
  const health = (name: string, figures: readonly number[]) => ({
    promise: `${name} within ${HEALTH_MS} ms`,
    measured: `${longest(figures).toFixed(0)} ms`,
    met: longest(figures) <= HEALTH_MS,
  });
  const row = (name: string, figures: readonly number[]) => [
    name,
    figures.length,
    ...[0.5, 0.99, 1].map((part) => (figures.length === 0 ? '–' : quantile(figures, part).toFixed(0))),
  ];
  const denied = ['allow', 'per_source', 'limit', 'handshake'].map((reason) => [
    reason,
    sample.sum('quovadis_syslog_connections_denied_total', { reason }),
  ]);
  const limited = sample.sum('quovadis_syslog_lines_dropped_total', { reason: 'rate_limited' });
  const full = sample.sum('quovadis_syslog_lines_dropped_total', { reason: 'queue_full' });
  const kernel = sample.sum('quovadis_syslog_lines_dropped_total', { reason: 'kernel' });
  return {
    text: `All at once: ${whole(task.silent)} silent connections to TCP and TLS from one host, opened again when they are closed; a flood of ${whole(
      task.floodRate,
    )} tracked lines
a second from another host; ${whole(task.invented)} invented devices from a third; ${whole(task.held)} HTTP connections that ask nothing. Meanwhile ${whole(
      DEVICES,
    )} devices, each
with an address of its own, open an incident by UDP, TCP and TLS: the time is that from its deciding line to the event in the API's
stream. \`/healthz\` is asked each ${HEALTH_INTERVAL_MS} ms on a new connection. Attackers, service and devices share the machine's cores.

${table(['', 'answers', 'p50 ms', 'p99 ms', 'longest ms'], [row('incident', all), ...Object.entries(opened.milliseconds).map(([transport, figures]) => row(`incident over ${transport}`, figures)), row('/healthz', answers.http), row('/healthz of http.probe', answers.probe)])}

${table(['connections denied', 'count'], denied)}

Lines refused as \`rate_limited\`: ${whole(limited)}, as \`queue_full\`: ${whole(full)}, dropped by the kernel: ${whole(kernel)}. Devices without an
incident: ${Object.entries(opened.missing)
      .map(([transport, count]) => `${count} over ${transport}`)
      .join(', ')}.`,
    goals: [
      {
        promise: `all ${DEVICES} incidents within ${WITHIN_MS / 1000} s`,
        measured: `${there}`,
        met: there === DEVICES,
      },
      health('/healthz', answers.http),
      health('/healthz of http.probe', answers.probe),
    ],
    alarms: isAlarming(opened, there)
      ? [`under attack ${DEVICES - there} of ${DEVICES} opened no incident in time`]
      : [],
    versions: [],
  };
}

/** A datagram may come to the socket of a flood and be lost, 1 of 1024; a line over a connection never is. */
function isAlarming({ missing }: Opened, there: number): boolean {
  const { udp = 0, ...streams } = missing;
  return there < DEVICES - MOST_LOST || Object.values(streams).some((count) => count > 0) || udp > MOST_LOST;
}

/** Milliseconds of each answer; an answer that does not come is infinite. */
async function watchHealth(url: string, signal: AbortSignal): Promise<readonly number[]> {
  const answers: number[] = [];
  while (!signal.aborted) {
    const asked = performance.now();
    const answer = await fetch(`${url}/healthz`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(WITHIN_MS),
    }).then(
      (response) => response.text().then(() => response.ok),
      () => false,
    );
    answers.push(answer ? performance.now() - asked : Number.POSITIVE_INFINITY);
    await delay(HEALTH_INTERVAL_MS);
  }
  return answers;
}

function certificate(directory: string): { key: string; cert: string } {
  const [key, cert] = [join(directory, 'attack.key'), join(directory, 'attack.pem')];
  const subject = ['-subj', '/CN=quovadis-watch', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  return { key, cert };
}
