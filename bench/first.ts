/** The first bad day: every line is of a device that was not known, and all of them fail. Beside it, a day of known devices. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Contestant, ownContestants, rivals } from './contestants.ts';
import { DAY, DAY_MS } from './generate.ts';
import { type Run, race } from './racing.ts';
import type { Bench, Findings, Goal, Section } from './section.ts';
import { median } from './statistics.ts';
import { list, table, times } from './table.ts';

const RULE = fileURLToPath(new URL('sec/pairs.conf', import.meta.url));
/** Rates of this program divided by the rate of SEC with one rule. */
const PROMISES = [
  { day: 'new', own: 'memory', ratio: 1.5 },
  { day: 'new', own: 'stored', ratio: 0.7 },
  { day: 'known', own: 'memory', ratio: 1.6 },
] as const;

type Day = {
  readonly name: 'new' | 'known';
  readonly title: string;
  readonly devices: number;
  readonly lines: number;
};

const CSSM = 'the Cisco Smart Software Manager (CSSM)';
const BODIES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : Fail to send out Call Home HTTP message.`,
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
  `%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with ${CSSM} : Communication message send error for udi PID:IE-3300-8T2S,SN:`,
  `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : No detailed information given`,
] as const;
/** What a new device sends, in this order. */
const FIRST_LINES = [0, 1, 2] as const;

export const firstSection: Section = { name: 'first', title: 'The first bad day', measure };

async function measure(bench: Bench): Promise<Findings> {
  const devices = bench.length('devices', 30_000, 1000);
  const days: readonly Day[] = [
    { name: 'new', title: 'new devices', devices, lines: devices * FIRST_LINES.length },
    { name: 'known', title: 'known devices', devices: 2000, lines: bench.length('lines', 500_000, 10_000) },
  ];
  const rounds = bench.length('rounds', 5, 1);
  const own = ownContestants(bench.directory);
  const sec = rivals(bench.directory).find(({ name }) => name === 'SEC') as Contestant;
  const rule: Contestant = { ...sec, name: 'SEC, one rule', does: 'two messages of one device', args: argsOfRule };
  const verdict: Contestant = { ...sec, name: 'SEC, the verdict' };
  const notes: string[] = [];
  const alarms: string[] = [];
  const goals: Goal[] = [];
  const rows: (string | number)[][] = [];
  for (const day of days) {
    const file = join(bench.directory, 'first.log');
    await writeDay(file, day);
    const contestants = [own.memory, own.stored, ...(sec.version === null ? [] : [rule, verdict])];
    const runs = inTurns(contestants, file, join(bench.directory, 'output'), rounds);
    const of = (contestant: Contestant) => runs.get(contestant) as Raced;
    const theirs = runs.get(rule);
    const others = [theirs, runs.get(verdict)];
    for (const contestant of contestants) {
      const { seconds, processor, found } = of(contestant);
      const isOwn = contestant === own.memory || contestant === own.stored;
      const ratios = others.map((other) => (isOwn && other !== undefined ? times(other.seconds / seconds) : ''));
      rows.push([day.title, day.lines, contestant.name, day.lines / seconds, day.lines / processor, ...ratios]);
      if (found !== day.devices) alarms.push(`${contestant.name} found ${found} of ${day.devices} ${day.title}`);
    }
    notes.push(`${day.title}: ${day.lines} lines of ${day.devices} devices, all of which have an incident.`);
    if (theirs === undefined) continue;
    for (const { own: which, ratio } of PROMISES.filter((promise) => promise.day === day.name)) {
      const measured = theirs.seconds / of(own[which]).seconds;
      const promise = `${day.title}, ${which === 'stored' ? 'stored' : 'in memory'}: at least ${ratio} x SEC with one rule`;
      goals.push({ promise, measured: times(measured), met: measured >= ratio });
    }
  }
  if (sec.version === null) notes.push('SEC is left out: it is not installed.');
  const heads = ['day of', 'lines', 'program', 'lines/s', 'lines/CPU s', 'x SEC, one rule', 'x SEC, the verdict'];
  return {
    text: `Whole processes, medians of ${rounds} rounds in turns. \`SEC, one rule\` has one \`EventGroup2\` (\`bench/sec/pairs.conf\`), which
weighs nothing, proves nothing and forgets nothing. \`SEC, the verdict\` adds up the same weights, within two days
(\`bench/sec/quovadis.conf\`); it keeps no evidence, no timeline and no reason. \`CPU s\` are the seconds of all threads.

${table(heads, rows)}

${list(notes)}`,
    goals: bench.quick ? [] : goals,
    alarms,
    versions: sec.version === null ? [] : [`SEC ${sec.version}`],
  };
}

/** `found`: devices with an incident. */
type Raced = Run & { readonly found: number };

function inTurns(
  contestants: readonly Contestant[],
  file: string,
  output: string,
  rounds: number,
): Map<Contestant, Raced> {
  const runs = new Map(contestants.map((contestant) => [contestant, [] as Raced[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [contestant, results] of runs) {
      const run = race(contestant, file, output);
      if (run === null) throw new Error(`${contestant.name} does not come to the end of ${file}`);
      const answer = contestant.answer(readFileSync(output));
      results.push({ ...run, found: answer.kind === 'devices' ? answer.incident.size : 0 });
    }
  }
  return new Map(
    [...runs].map(([contestant, results]) => [
      contestant,
      {
        seconds: median(results.map(({ seconds }) => seconds)),
        processor: median(results.map(({ processor }) => processor)),
        found: Math.min(...results.map(({ found }) => found)),
      },
    ]),
  );
}

function argsOfRule(file: string): string[] {
  return [`--conf=${RULE}`, `--input=${file}`, '--notail', '--debug=1', '--log=/dev/null', '--quiet'];
}

/** The same day gives the same bytes. Lines are in no order of devices, but those of one device are in their order. */
export async function writeDay(file: string, { name, devices, lines }: Omit<Day, 'title'>): Promise<void> {
  const out = createWriteStream(file);
  const sent = new Uint32Array(devices);
  const turns = name === 'new' ? shuffled(devices, lines) : null;
  let block = '';
  for (let index = 0; index < lines; index++) {
    const draw = drawOf(index);
    // The first lines of the known devices come in turn, so that each of them fails in two ways.
    const which = turns?.[index] ?? (index < 2 * devices ? index % devices : draw % devices);
    const count = sent[which] as number;
    sent[which] = count + 1;
    const body = count < FIRST_LINES.length ? count : (draw >>> 16) % BODIES.length;
    block += `${lineOf(which, count, body, DAY + Math.floor((index / lines) * DAY_MS))}\n`;
    if (block.length < 1 << 20) continue;
    if (!out.write(block)) await once(out, 'drain');
    block = '';
  }
  out.end(block);
  await once(out, 'finish');
  utimesSync(file, new Date(DAY + DAY_MS), new Date(DAY + DAY_MS));
}

function lineOf(which: number, count: number, body: number, at: number): string {
  const stamp = new Date(at).toISOString();
  const text = body === 3 ? `${BODIES[body]}FOC${String(which).padStart(8, '0')}` : BODIES[body];
  return `<187>${count + 1}: sw-${String(which).padStart(6, '0')}: Feb  5 2022 ${stamp.slice(11, 23)} UTC: ${text}`;
}

/** Each device as often as it sends, in an order that is always the same. */
function shuffled(devices: number, lines: number): Uint32Array {
  const turns = Uint32Array.from({ length: lines }, (_, index) => index % devices);
  for (let index = lines - 1; index > 0; index--) {
    const other = drawOf(index) % (index + 1);
    [turns[index], turns[other]] = [turns[other] as number, turns[index] as number];
  }
  return turns;
}

/** A number of 32 bits that looks random. */
function drawOf(index: number): number {
  return createHash('md5').update(String(index)).digest().readUInt32LE(0);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      day: { type: 'string', default: 'new' },
      devices: { type: 'string' },
      lines: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const { day, out } = values;
  if (out === undefined || (day !== 'new' && day !== 'known')) {
    process.stderr.write('say which day, and name the file to write: --day new|known --out FILE\n');
    process.exitCode = 2;
  } else {
    const devices = Number(values.devices ?? (day === 'new' ? 30_000 : 2000));
    await writeDay(out, { name: day, devices, lines: Number(values.lines ?? (day === 'new' ? devices * 3 : 500_000)) });
  }
}
