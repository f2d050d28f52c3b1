/** What of this machine a service needs: its ports, its buffers, its clock, its disk, and whom it notifies. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { parseAddress } from '../../config/load.ts';
import { openSecrets } from '../../config/open-secrets.ts';
import type { Config } from '../../config/schema.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';
import { answerOf } from './http.ts';

/** As `UdpReceiver` asks for. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;
/** A certificate is renewed before this (assumed). */
const CERTIFICATE_MS = 21 * DAY_MS;

/** Whether the service of this configuration answers, and whether it is ready. Also tells whether it runs. */
export async function serviceFinding({ http }: Config): Promise<{ finding: Finding; runs: boolean }> {
  const about = 'service';
  const address = http.probe ?? http.listen;
  if (address === null)
    return { finding: unknown(about, 'http.listen is off', 'set http.listen or http.probe'), runs: false };
  const scheme = http.tls !== null && http.probe === null ? 'https' : 'http';
  const answer = await answerOf(`${scheme}://${reachable(address)}/readyz`);
  if (answer.status === null) {
    const { connected, why } = answer;
    const finding = connected
      ? unknown(
          about,
          `something listens at ${address}, but whether it is ready cannot be asked: ${why}`,
          'if it asks for certificates of clients, set http.probe; if it hangs, see its log',
        )
      : wrong(about, `nothing answers at ${address} (${why}): the service does not run`, 'start it', [
          'quovadis-watch serve',
        ]);
    return { finding, runs: connected };
  }
  if (answer.status === 200) return { finding: ok(about, `runs and is ready, at ${address}`), runs: true };
  const why = answer.body.replace(/\s+/g, ' ').slice(0, 300);
  return { finding: wrong(about, `answers with ${answer.status}: ${why}`, 'do what it says; see its log'), runs: true };
}

/** An address that every interface has is asked on this one. */
function reachable(address: string): string {
  const { host, port } = parseAddress(address);
  const local = host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${local.includes(':') ? `[${local}]` : local}:${port}`;
}

/** Whether the listeners can have their ports. `runs`: the service has them. */
export async function portFindings({ syslog, http }: Config, runs: boolean): Promise<Finding[]> {
  const listeners: readonly (readonly [name: string, kind: 'udp' | 'tcp', address: string | null])[] = [
    ['syslog.udp', 'udp', syslog.udp],
    ['syslog.tcp', 'tcp', syslog.tcp],
    ['syslog.tls', 'tcp', syslog.tls?.listen ?? null],
    ['syslog.relp', 'tcp', syslog.relp?.listen ?? null],
    ['http.listen', 'tcp', http.listen],
  ];
  const used = listeners.flatMap(([name, kind, address]) => (address === null ? [] : [{ name, kind, address }]));
  return Promise.all(
    used.map(async ({ name, kind, address }) => portFinding(name, address, await bindError(kind, address), runs)),
  );
}

/** `code`: why the port cannot be had; null: it can. */
export function portFinding(name: string, address: string, code: string | null, runs: boolean): Finding {
  const about = `port ${name}`;
  const { port } = parseAddress(address);
  if (code === null)
    return runs
      ? wrong(
          about,
          `${address} is free although the service runs`,
          'restart the service: it has another configuration',
        )
      : ok(about, `${address} is free`);
  if (code === 'EADDRINUSE')
    return runs
      ? ok(about, `${address} is taken, by the service`)
      : wrong(about, `another program has ${address}`, 'find it, and stop it or choose another port', [
          `ss -lnp 'sport = :${port}'`,
        ]);
  if (code === 'EACCES')
    return runs
      ? unknown(about, `${address}: this user may not ask whether the service has it`, 'run doctor as root')
      : wrong(about, `${address}: no permission`, 'use a port of 1024 or more, or the socket units of systemd');
  return wrong(about, `${address}: ${code}`, 'use an address of this machine');
}

/** Why nothing can listen there; null: something can. */
async function bindError(kind: 'udp' | 'tcp', address: string): Promise<string | null> {
  const { host, port } = parseAddress(address);
  const socket = kind === 'udp' ? createSocket(host.includes(':') ? 'udp6' : 'udp4') : createServer();
  try {
    if ('bind' in socket) socket.bind(port, host);
    else socket.listen(port, host);
    await once(socket, 'listening');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    if ('bind' in socket || socket.listening) await new Promise<void>((done) => socket.close(() => done()));
  }
}

/** `file`: where the kernel says it. */
export function bufferFinding(file = '/proc/sys/net/core/rmem_max'): Finding {
  const about = 'receive buffer';
  if (!existsSync(file)) return unknown(about, 'this system has no net.core.rmem_max', 'see the manual of the system');
  const bytes = Number(readFileSync(file, 'utf8'));
  if (bytes >= RECEIVE_BUFFER_BYTES) return ok(about, `net.core.rmem_max is ${bytes}`);
  return wrong(about, `net.core.rmem_max is ${bytes}: bursts over UDP may be lost`, 'at this machine, as root:', [
    `echo net.core.rmem_max=${RECEIVE_BUFFER_BYTES} > /etc/sysctl.d/60-quovadis-watch.conf`,
    'sysctl --system',
  ]);
}

/** Whether the clock is kept by NTP, by whatever program: the kernel knows. `program`: timedatectl. */
export function clockFinding(program = 'timedatectl'): Finding {
  const about = 'clock of this machine';
  const asked = spawnSync(program, ['show', '--property=NTPSynchronized', '--value'], { encoding: 'utf8' });
  const answer = asked.stdout?.trim();
  if (answer === 'yes') return ok(about, 'kept by NTP');
  const todo = 'let NTP keep it: times of receipt and grace periods go by it';
  if (answer === 'no') return wrong(about, 'not kept by NTP', todo, ['timedatectl set-ntp true']);
  return unknown(about, `${program} does not say whether NTP keeps it`, todo);
}

/** `data`: the data directory, or where it is to be. */
export function diskFinding(data: string): Finding {
  const about = 'disk';
  let directory = resolve(data);
  while (!existsSync(directory)) directory = dirname(directory);
  const { bavail, bsize } = statfsSync(directory);
  const free = (bavail * bsize) / GIB;
  const text = `${free.toFixed(1)} GiB are free in ${directory}`;
  return free >= 1 ? ok(about, text) : wrong(about, text, 'free some: below 1 GiB a storm of lines may fill it');
}

/** `until`: the first end of validity; null without TLS. */
export function certificateFinding(until: Date | null, now: number): Finding {
  const about = 'certificate';
  if (until === null) return ok(about, 'no listener with TLS');
  const day = until.toISOString().slice(0, 10);
  if (until.getTime() < now)
    return wrong(about, `it was valid until ${day}`, 'renew it; the service reads it anew by itself');
  if (until.getTime() - now < CERTIFICATE_MS)
    return wrong(about, `it is valid until ${day} only`, 'renew it; the service reads it anew by itself');
  return ok(about, `valid until ${day}`);
}

export async function alertmanagerFindings({ sinks }: Config): Promise<Finding[]> {
  const urls = sinks.flatMap((sink) => ('urls' in sink ? (sink.urls as readonly string[]) : []));
  const about = 'Alertmanager';
  if (urls.length === 0) return [ok(about, 'none is configured')];
  return Promise.all(
    urls.map(async (url) => {
      const answer = await answerOf(`${url}/-/healthy`);
      if (answer.status === 200) return ok(about, `${url} is healthy`);
      const what = answer.status === null ? `cannot be reached (${answer.why})` : `answers with ${answer.status}`;
      return wrong(
        about,
        `${url} ${what}`,
        'start it, or correct urls of the sink; alerts are sent again by themselves',
      );
    }),
  );
}

/** Whether only the service may read its secrets. */
export function secretsFinding(config: Config): Finding {
  const about = 'files of secrets';
  const open = openSecrets(config);
  if (open.length === 0) return ok(about, 'none is open to everybody');
  return wrong(
    about,
    `everybody on this machine may read ${open.join(', ')}`,
    'let only the user of the service read them, as root:',
    open.map((file) => `chmod o-rwx ${file}`),
  );
}
