/**
 * The server of the database is killed again and again, its synchronous standby takes over, and the network to it is cut, while two
 * instances get every line: each is stored once, and each instance goes on.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, child, until } from '../app/running.ts';
import type { Random } from '../simulation/random.ts';
import { Between } from '../store/postgres/between.ts';
import { Server } from '../store/postgres/server.ts';
import { numberedBy, writeTo } from './instance-kills.ts';
import { linesUpTo } from './lines.ts';
import type { Owner } from './owner.ts';
import { problemsOf, storedByDevice, storedLines } from './stored.ts';

type Options = {
  readonly lines: number;
  readonly devices: number;
  readonly kills: number;
  readonly takeovers: number;
  /** How long the network is cut, in milliseconds, each once. */
  readonly cuts: readonly number[];
  readonly random: Random;
};
export type ServerKills = {
  readonly lines: number;
  readonly kills: number;
  readonly takeovers: number;
  readonly cuts: number;
  /** The longest time until both instances were ready: after the first answer of a primary, and after the end of a cut. */
  readonly 'ms at most after a primary answered': number;
  readonly 'ms at most after a cut': number;
  readonly problems: readonly string[];
};

export async function serverKills(owner: Owner, options: Options): Promise<ServerKills> {
  const { lines, devices, kills, takeovers, cuts, random } = options;
  const [first, second] = [await Server.make(owner), await Server.make(owner)];
  let pair = { primary: first, standby: await first.standby(owner, second) };
  const network = new Between(`127.0.0.1:${first.port}`);
  const cut = new URL(await network.start('postgres'));
  owner.teardown(() => network.stop());
  const store = `postgres://quovadis@${cut.host},127.0.0.1:${second.port}/postgres`;
  const instances = [await start(owner, store, 'plant-a'), await start(owner, store, 'plant-b')];
  const all = linesUpTo(Date.now(), lines, devices);
  const rounds = cuts.length + kills + takeovers;
  let [sent, slowest, slowestCut] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    // Two lines of each device, or more: before that there is no incident to see them by.
    const end = round === rounds - 1 ? lines : Math.max(2 * devices, Math.round((lines * (round + 1)) / rounds));
    const part = all.slice(sent, end);
    const writing = Promise.all(instances.map(({ ports }, way) => writeTo(ports.tcp, numberedBy(way as 0 | 1, part))));
    await delay(random.below(200));
    const isCut = round < cuts.length;
    if (isCut) await cutFor(network, cuts[round] as number);
    else if (round < cuts.length + kills) await restarted(pair.primary);
    else pair = await takenOver(owner, pair);
    const answered = performance.now();
    for (const { api } of instances)
      await until(
        () => fetch(`${api}/readyz`),
        ({ ok }) => ok,
      );
    const readyMs = Math.round(performance.now() - answered);
    if (isCut) slowestCut = Math.max(slowestCut, readyMs);
    else slowest = Math.max(slowest, readyMs);
    await writing;
    sent = end;
    await until(
      () => storedLines((instances[0] as Child).api).catch(() => 0),
      (stored) => stored >= sent,
    );
  }
  const problems = problemsOf(await storedByDevice((instances[1] as Child).api), lines, devices);
  for (const { process, exit } of instances) {
    process.kill('SIGTERM');
    await exit;
  }
  return {
    ...{ lines, kills, takeovers, cuts: cuts.length },
    ...{ 'ms at most after a primary answered': slowest, 'ms at most after a cut': slowestCut, problems },
  };
}

async function restarted(server: Server): Promise<void> {
  await server.kill();
  await server.start();
}

async function cutFor(network: Between, ms: number): Promise<void> {
  network.hold();
  await delay(ms);
  network.release();
}

/** The standby becomes the primary, and the killed one its standby. */
async function takenOver(owner: Owner, { primary, standby }: { primary: Server; standby: Server }) {
  await primary.kill();
  await standby.promote();
  return { primary: standby, standby: await standby.standby(owner, primary) };
}

function start(owner: Owner, store: string, instance: string): Promise<Child> {
  const directory = mkdtempSync(join(tmpdir(), 'quovadis-server-kills-'));
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const config = join(directory, 'config.yaml');
  writeFileSync(config, JSON.stringify({ store, instance, feed: 'copies' }));
  return child(owner, directory, '--config', config);
}
