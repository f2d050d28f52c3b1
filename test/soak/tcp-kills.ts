/**
 * A sender over TCP, which acknowledges nothing, while the service is killed: what was once in the store stays there. After each
 * kill the sender goes on some lines before the last one that was stored; what comes twice counts once.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { child, metric, until } from '../app/running.ts';
import type { Random } from '../simulation/random.ts';
import { linesUpTo } from './lines.ts';
import type { Owner } from './owner.ts';
import { problemsOf, storedByDevice, storedLines } from './stored.ts';

export type TcpKills = {
  readonly lines: number;
  readonly kills: number;
  /** Lines that were on their way when the service was killed, and were sent again. */
  readonly resent: number;
  readonly seconds: number;
  /** Lines that were stored and are gone, or are there twice; empty if all is right. */
  readonly problems: readonly string[];
};

type Options = { readonly lines: number; readonly devices: number; readonly kills: number; readonly random: Random };

export async function tcpKills(owner: Owner, { lines, devices, kills, random }: Options): Promise<TcpKills> {
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'quovadis-tcp-'));
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const all = linesUpTo(Date.now(), lines, devices);
  const problems: string[] = [];
  let [resent, written, seen] = [0, 0, 0];
  for (let kill = 0; kill < kills; kill++) {
    const service = await child(owner, directory);
    const stored = await storedLines(service.api);
    if (stored < seen) problems.push(`${seen} lines were stored before kill ${kill}, and ${stored} after it`);
    resent += Math.max(0, written - stored);
    const from = Math.max(0, stored - random.below(20));
    const share = Math.ceil((lines - stored) / (kills - kill));
    written = Math.min(lines, stored + 1 + random.below(2 * share));
    await write(service.ports.tcp, all.slice(from, written));
    const wanted = 1 + random.below(Math.max(1, written - from));
    if (random.chance(0.5))
      await until(
        () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tcp"}'),
        (count) => count >= Math.min(wanted, written - from),
      );
    // Some of them are stored, others are on their way.
    seen = await storedLines(service.api);
    service.process.kill('SIGKILL');
    await service.exit;
  }
  const last = await child(owner, directory);
  const stored = await storedLines(last.api);
  if (stored < seen) problems.push(`${seen} lines were stored before the last kill, and ${stored} after it`);
  await write(last.ports.tcp, all.slice(Math.max(0, stored - 20)));
  const final = await until(
    () => storedByDevice(last.api),
    (found) => [...found.values()].reduce((sum, count) => sum + count, 0) >= lines,
  );
  problems.push(...problemsOf(final, lines, devices));
  last.process.kill('SIGTERM');
  await last.exit;
  return { lines, kills, resent, seconds: (performance.now() - started) / 1000, problems };
}

/** Writes lines into a connection of their own; done when the kernel has them. */
async function write(port: number, lines: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // The other end is killed on purpose.
  socket.on('error', () => {});
  await once(socket, 'connect');
  await new Promise((resolve) => socket.end(lines.join(''), () => resolve(undefined)));
}
