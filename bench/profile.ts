/** Where the time of a replay goes: the functions with the most time of their own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMix } from './generate.ts';
import type { Bench, Findings, Section } from './section.ts';
import { table, whole } from './table.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const root = new URL('..', import.meta.url).href;
const FUNCTIONS = 20;
const MIXES = [
  { name: '2 %', share: 0.02, part: 1 },
  { name: '100 %', share: 1, part: 0.2 },
];

type Place = { readonly functionName: string; readonly url: string; readonly lineNumber: number };
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Place }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
};

export const profileSection: Section = { name: 'profile', title: 'Where the time of a replay goes', measure };

async function measure(bench: Bench): Promise<Findings> {
  const lines = bench.length('lines', 1_000_000, 100_000);
  const parts: string[] = [];
  for (const { name, share, part } of MIXES) {
    const count = Math.ceil(lines * part);
    const file = join(bench.directory, 'profiled.log');
    await writeMix(file, { lines: count, share, devices: 5000, seed: 1 });
    parts.push(
      `${name} of ${whole(count)} lines:\n\n${topOf(profile(bench.directory, file), bench.quick ? 5 : FUNCTIONS)}`,
    );
  }
  return {
    text: `\`node --cpu-prof\` over \`replay\` out of its sources, its start included; time of each function's own, without what it calls.

${parts.join('\n\n')}`,
    goals: [],
    alarms: [],
    versions: [],
  };
}

function profile(directory: string, file: string): Profile {
  const out = mkdtempSync(join(directory, 'profile-'));
  const args = ['--cpu-prof', `--cpu-prof-dir=${out}`, main, 'replay', '--json', file];
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`replay ended with ${status}: ${stderr}`);
  // Workers write profiles of their own.
  const profiles = readdirSync(out).map((name) => JSON.parse(readFileSync(join(out, name), 'utf8')) as Profile);
  return profiles.reduce(merged);
}

/** Ids are of one profile only. */
function merged(one: Profile, other: Profile): Profile {
  const shift = Math.max(...one.nodes.map(({ id }) => id));
  return {
    nodes: [...one.nodes, ...other.nodes.map(({ id, callFrame }) => ({ id: id + shift, callFrame }))],
    samples: [...one.samples, ...other.samples.map((id) => id + shift)],
    timeDeltas: [...one.timeDeltas, ...other.timeDeltas],
  };
}

function topOf({ nodes, samples, timeDeltas }: Profile, count: number): string {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const own = new Map<string, number>();
  let sum = 0;
  for (const [index, id] of samples.entries()) {
    const name = places.get(id) ?? '?';
    const time = timeDeltas[index] ?? 0;
    if (name === '(idle)') continue;
    own.set(name, (own.get(name) ?? 0) + time);
    sum += time;
  }
  const top = [...own].toSorted(([, a], [, b]) => b - a).slice(0, count);
  const rows = top.map(([name, time]) => [name, (time / 1000).toFixed(0), `${((time / sum) * 100).toFixed(1)} %`]);
  return table(['function', 'own ms', 'of all'], rows);
}

/** `scanMessageCode src/core/decode/message-code.ts:12`. */
function nameOf({ functionName, url, lineNumber }: Place): string {
  // A pattern has its whole source as its name.
  const name = functionName === '' ? '(anonymous)' : functionName.slice(0, 40);
  if (url === '') return name;
  return `${name} ${url.startsWith(root) ? url.slice(root.length) : url.replace(/^.*\/node_modules\//, '')}:${lineNumber + 1}`;
}
