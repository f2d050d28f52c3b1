/**
 * rsyslog sends lines over RELP while the service is killed and stopped on the way. rsyslog sends again what was not answered,
 * so each line must be in the store, and none twice.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, child, freePort, metric, until } from '../app/running.ts';
import { connected } from '../connected.ts';
import type { Random } from '../simulation/random.ts';
import { incidentOf, linesUpTo } from './lines.ts';
import type { Owner } from './owner.ts';
import { problemsOf, storedByDevice } from './stored.ts';

const LAST = 'sw-last';

export type RelpKills = {
  readonly lines: number;
  readonly kills: number;
  readonly stops: number;
  /** Lines that came twice, and counted once, as far as they were seen before the end of a run. */
  readonly copies: number;
  readonly seconds: number;
  /** What is wrong: devices that have more or fewer lines than were sent; empty if all is right. */
  readonly problems: readonly string[];
};

type Options = {
  readonly lines: number;
  readonly devices: number;
  /** So many runs end by SIGKILL, and so many by SIGTERM. */
  readonly kills: number;
  readonly stops: number;
  readonly random: Random;
};

export async function relpKills(owner: Owner, { lines, devices, kills, stops, random }: Options): Promise<RelpKills> {
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'quovadis-relp-'));
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const port = await freePort();
  const all = linesUpTo(Date.now(), lines, devices);
  const give = await rsyslog(owner, directory, port, lines);
  const start = () => child(owner, join(directory, 'data'), '--relp', `127.0.0.1:${port}`);
  const ends = inAnyOrder(random, kills, stops);
  const portion = Math.ceil(lines / (ends.length + 1));
  let copies = 0;
  for (const [index, signal] of ends.entries()) {
    const service = await start();
    give(all.slice(index * portion, (index + 1) * portion));
    const wanted = 1 + random.below(portion);
    await until(
      () => received(service),
      (count) => count >= wanted,
    );
    copies += await copied(service);
    service.process.kill(signal);
    await service.exit;
  }
  give([...all.slice(ends.length * portion), ...incidentOf(LAST, Date.now())]);
  const last = await start();
  const stored = await until(
    () => storedByDevice(last.api),
    (devices) => devices.has(LAST),
  );
  copies += await copied(last);
  last.process.kill('SIGTERM');
  await last.exit;
  const problems = problemsOf(stored, lines, devices);
  const seconds = (performance.now() - started) / 1000;
  return { lines, kills, stops, copies, seconds, problems };
}

type Signal = 'SIGKILL' | 'SIGTERM';

function inAnyOrder(random: Random, kills: number, stops: number): Signal[] {
  const ends: Signal[] = Array(kills).fill('SIGKILL');
  for (let stop = 0; stop < stops; stop++) ends.splice(random.below(ends.length + 1), 0, 'SIGTERM');
  return ends;
}

const received = ({ api }: Child) => metric(api, 'quovadis_syslog_lines_received_total{transport="relp"}');
const copied = ({ api }: Child) => metric(api, 'quovadis_messages_copied_total');

/** Gives lines to a queue of rsyslog that holds all of them, and sends them over RELP for as long as it takes. */
async function rsyslog(owner: Owner, directory: string, port: number, lines: number) {
  const [work, path, file] = [
    join(directory, 'work'),
    join(directory, 'devices.sock'),
    join(directory, 'rsyslog.conf'),
  ];
  mkdirSync(work);
  const queue = `queue.type="LinkedList" queue.size="${lines + 1000}" queue.timeoutEnqueue="600000"`;
  const forever = 'action.resumeRetryCount="-1" action.resumeInterval="1" action.resumeIntervalMax="1"';
  const configuration = [
    `global(workDirectory="${work}")`,
    'module(load="imptcp")',
    'module(load="omrelp")',
    `main_queue(${queue})`,
    `input(type="imptcp" path="${path}")`,
    // The service's port is closed between two runs: rsyslog's own words about it are no lines of a device.
    `if $syslogfacility-text == "syslog" then stop`,
    `action(type="omrelp" target="127.0.0.1" port="${port}" template="RSYSLOG_ForwardFormat" ${queue} ${forever})`,
    '',
  ];
  writeFileSync(file, configuration.join('\n'));
  const daemon = spawn('/usr/sbin/rsyslogd', ['-n', '-f', file, '-i', join(directory, 'pid')], { stdio: 'ignore' });
  const ended = once(daemon, 'exit');
  owner.teardown(async () => {
    daemon.kill('SIGKILL');
    await ended;
  });
  const socket = await connected(path);
  owner.teardown(() => socket.destroy());
  return (some: readonly string[]): void => void socket.write(some.join(''));
}
