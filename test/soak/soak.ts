/**
 * What takes too long for every run of the tests: many seeds of the simulation, kills under RELP and TCP, of one instance, of one of two and
 * of their server, and a process that stands still. `npm run soak`; `-- --quick` makes a small part of it. `SEED=7 npm run soak` repeats one. Prints its figures; exit code 1 if something is wrong.
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

const WHOLE = {
  seeds: 1000,
  relp: { lines: 100_000, devices: 1000, kills: 50, stops: 10 },
  tcp: { lines: 20_000, devices: 200, kills: 100 },
  instances: { lines: 20_000, devices: 200, kills: 40 },
  /** `cuts`: milliseconds. */
  servers: { lines: 20_000, devices: 200, kills: 20, takeovers: 10, cuts: [5000, 60_000] },
  /** `standsMs`: longer than the lease of a name, and in whole also than a claim of a notice. */
  standStill: { devices: 400, standsMs: 90_000 },
};
const QUICK: typeof WHOLE = {
  seeds: 20,
  relp: { lines: 5000, devices: 50, kills: 3, stops: 1 },
  tcp: { lines: 1000, devices: 10, kills: 5 },
  instances: { lines: 1000, devices: 10, kills: 2 },
  servers: { lines: 2000, devices: 20, kills: 1, takeovers: 1, cuts: [2000] },
  standStill: { devices: 40, standsMs: 20_000 },
};
const sizes = process.argv.includes('--quick') ? QUICK : WHOLE;

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));

async function simulated(): Promise<{ seeds: number; lines: number; problems: string[] }> {
  let lines = 0;
  for (let run = 0; run < sizes.seeds; run++) {
    const outcome = await simulate(seed + run);
    const directory = mkdtempSync(join(tmpdir(), 'quovadis-soak-'));
    const files = await simulateFiles(seed + run, directory).finally(() => rmSync(directory, { recursive: true }));
    lines += outcome.lines;
    const violations = [...outcome.violations, ...files.violations];
    if (violations.length > 0) return { seeds: run + 1, lines, problems: [`seed ${seed + run}`, ...violations] };
  }
  return { seeds: sizes.seeds, lines, problems: [] };
}

const own = owner();
const parts = {
  simulation: simulated,
  'kills under RELP': () => relpKills(own, { ...sizes.relp, random: new Random(seed) }),
  'kills of one of two instances': async () => {
    if (skipWithoutPostgres === false) return instanceKills(own, { ...sizes.instances, random: new Random(seed) });
    process.stdout.write(`kills of one of two instances: skipped: ${skipWithoutPostgres}\n`);
    return { kills: 0, problems: [] };
  },
  'a process that stands still': async () => {
    const { devices, standsMs } = sizes.standStill;
    if (skipWithoutPostgres === false) return standStill(own, { devices, pass: () => delay(standsMs) });
    process.stdout.write(`a process that stands still: skipped: ${skipWithoutPostgres}\n`);
    return { devices: 0, problems: [] };
  },
  'failures of the server of the database': async () => {
    if (skipWithoutPostgres === false) return serverKills(own, { ...sizes.servers, random: new Random(seed) });
    process.stdout.write(`failures of the server of the database: skipped: ${skipWithoutPostgres}\n`);
    return { kills: 0, problems: [] };
  },
  'kills under TCP': () => tcpKills(own, { ...sizes.tcp, random: new Random(seed) }),
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
