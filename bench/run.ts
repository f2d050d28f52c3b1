/**
 * `npm run bench`: every head-to-head on this machine, one after the other; each section of bench/RESULTS.md is written
 * as soon as it is measured. `-- --only replay,memory` measures these sections alone. `-- --quick` takes about a minute,
 * writes nothing, and fails only at what no noise of the machine explains.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiSection } from './api.ts';
import { attackSection } from './attack.ts';
import { consoleSection } from './console.ts';
import { firstSection } from './first.ts';
import { latencySection } from './latency.ts';
import { tcpSection } from './live-tcp.ts';
import { udpSection } from './live-udp.ts';
import { memorySection } from './memory.ts';
import { postgresSection } from './postgres.ts';
import { profileSection } from './profile.ts';
import { build } from './program.ts';
import { replaySection } from './replay.ts';
import { keep, render } from './results.ts';
import { scrapeSection } from './scrape.ts';
import { type Bench, type Length, lengths } from './section.ts';
import { stagesSection } from './stages.ts';
import { type Ceiling, findCeiling } from './udp-ceiling.ts';

const sections = [
  replaySection,
  firstSection,
  udpSection,
  tcpSection,
  latencySection,
  scrapeSection,
  apiSection,
  consoleSection,
  memorySection,
  stagesSection,
  attackSection,
  postgresSection,
  profileSection,
] as const;
const names: readonly string[] = sections.map(({ name }) => name);

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    ...(Object.fromEntries(lengths.map((name) => [name, { type: 'string' }])) as Record<Length, { type: 'string' }>),
  },
});
const quick = values.quick;
// A profile compares nothing, so the quick form leaves it out.
const wanted = values.only?.split(',') ?? names.filter((name) => !quick || name !== profileSection.name);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no section ${unknown.join(', ')}: use ${names.join(', ')}\n`);
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'quovadis-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

let ceiling: Promise<Ceiling> | null = null;
const bench: Bench = {
  quick,
  directory,
  length: (name, full, short) => (values[name] === undefined ? (quick ? short : full) : Number(values[name])),
  ceiling: () => {
    ceiling ??= findCeiling({ quick });
    return ceiling;
  },
};

build();
const alarms: string[] = [];
for (const section of sections.filter(({ name }) => wanted.includes(name))) {
  const started = performance.now();
  const findings = await section.measure(bench);
  const part = render(section, findings);
  if (!quick) keep(sections, section, part);
  alarms.push(...findings.alarms);
  const took = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${part}\n\n(${section.name} took ${took} s)\n\n`);
}
for (const alarm of alarms) process.stderr.write(`${alarm}\n`);
process.exitCode = alarms.length > 0 ? 1 : 0;
