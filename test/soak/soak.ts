/**
 * What takes too long for every run of the tests: many seeds of the simulation, kills under RELP and TCP, of one instance, of one of two and
 * of their server, and a process that stands still. `npm run soak`; `-- --quick` makes a tenth of it. `SEED=7 npm run soak` repeats one. Prints its figures; exit code 1 if something is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { simulateFiles } from '../simulation/files.ts';
import { Random } from '../simulation/random.ts';
import { simulate } from '../simulation/simulate.ts';
import { skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { instanceKills } from './instance-kills.ts';
import { owner } from './owner.ts';
import { relpKills } from './relp-kills.ts';
import { serverKills } from './server-kills.ts';
import { standStill } from './stand-still.ts';
import { tcpKills } from './tcp-kills.ts';

const share = process.argv.includes('--quick') ? 10 : 1;
const SEEDS = 1000 / share;
const relp = { lines: 100_000 / share, devices: 1000 / share, kills: 50 / share, stops: 10 / share };
const instances = { lines: 20_000 / share, devices: 200 / share, kills: 40 / share };
/** Longer than the lease of a name, and in whole also than a claim of a notice. */
const standsMs = share === 1 ? 90_000 : 20_000;
const servers = { lines: 20_000 / share, devices: 200 / share, kills: 20 / share, takeovers: 10 / share };
/** Milliseconds. */
const cuts = share === 1 ? [5000, 60_000] : [5000];
const tcp = { lines: 20_000 / share, devices: 200 / share, kills: 100 / share };

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));

async function simulated(): Promise<{ seeds: number; lines: number; problems: string[] }> {
  let lines = 0;
  for (let run = 0; run < SEEDS; run++) {
    const outcome = await simulate(seed + run);
    const directory = mkdtempSync(join(tmpdir(), 'quovadis-soak-'));
    const files = await simulateFiles(seed + run, directory).finally(() => rmSync(directory, { recursive: true }));
    lines += outcome.lines;
    const violations = [...outcome.violations, ...files.violations];
    if (violations.length > 0) return { seeds: run + 1, lines, problems: [`seed ${seed + run}`, ...violations] };
  }
  return { seeds: SEEDS, lines, problems: [] };
}

const own = owner();
const parts = {
  simulation: simulated,
  'kills under RELP': () => relpKills(own, { ...relp, random: new Random(seed) }),
  'kills of one of two instances': async () => {
    if (skipWithoutPostgres === false) return instanceKills(own, { ...instances, random: new Random(seed) });
    process.stdout.write(`kills of one of two instances: skipped: ${skipWithoutPostgres}\n`);
    return { kills: 0, problems: [] };
  },
  'a process that stands still': async () => {
    if (skipWithoutPostgres === false) return standStill(own, { devices: 400 / share, pass: () => delay(standsMs) });
    process.stdout.write(`a process that stands still: skipped: ${skipWithoutPostgres}\n`);
    return { devices: 0, problems: [] };
  },
  'failures of the server of the database': async () => {
    if (skipWithoutPostgres === false) return serverKills(own, { ...servers, cuts, random: new Random(seed) });
    process.stdout.write(`failures of the server of the database: skipped: ${skipWithoutPostgres}\n`);
    return { kills: 0, problems: [] };
  },
  'kills under TCP': () => tcpKills(own, { ...tcp, random: new Random(seed) }),
};

process.stdout.write(`seed ${seed}\n`);
try {
  for (const [name, run] of Object.entries(parts)) {
    const started = performance.now();
    const { problems, ...figures } = await run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const told = Object.entries({ ...figures, seconds }).map(([figure, value]) => `${value} ${figure}`);
    process.stdout.write(`${name}: ${told.join(', ')}: ${problems.length === 0 ? 'nothing is wrong' : 'WRONG'}\n`);
    for (const problem of problems.slice(0, 10)) process.stdout.write(`  ${problem}\n`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  await own.end();
}
