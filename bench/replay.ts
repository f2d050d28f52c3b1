/** Archived lines through `replay` and through the programs that it replaces. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, type Contestant, ownContestants, rivals } from './contestants.ts';
import { type Written, writeMix } from './generate.ts';
import { LIMIT_SECONDS, type Run, race } from './racing.ts';
import type { Bench, Findings, Goal, Section } from './section.ts';
import { median } from './statistics.ts';
import { list, table, times, whole } from './table.ts';

const SEED = 1;
const DEVICES = 5000;
/** A program that reads a million lines in less time is also timed on a longer file. */
const FAST_SECONDS_PER_MILLION = 4;
/** A program that needs more than this for the short file reads it only once. */
const SLOW_SECONDS = 30;
/** `longer`: how many times as long the longer file is, so that the start and the compiler hardly count. */
const MIXES = [
  { name: '2 %', share: 0.02, longer: 20 },
  { name: '100 %', share: 1, longer: 5 },
];
/** `own`: this program with its incidents in memory, or stored. */
const PROMISES = [
  { mix: '2 %', own: 'memory', rival: 'SEC', ratio: 10 },
  { mix: '2 %', own: 'memory', rival: 'mtail', ratio: 10 },
  { mix: '2 %', own: 'memory', rival: 'lognormalizer', ratio: 3 },
  { mix: '100 %', own: 'stored', rival: 'SEC', ratio: 5 },
  { mix: '100 %', own: 'stored', rival: 'lognormalizer', ratio: 1 },
] as const;

type Runs = ReadonlyMap<Contestant, readonly Run[]>;
/** `short`: lines a second of the short file. */
type Rate = {
  readonly lines: number;
  readonly short: number;
  readonly whole: number;
  readonly read: number;
  readonly processor: number;
};
type Field = {
  readonly own: { readonly memory: Contestant; readonly stored: Contestant };
  readonly all: readonly Contestant[];
  readonly directory: string;
  readonly rounds: number;
};

export const replaySection: Section = { name: 'replay', title: 'Archived lines', measure };

async function measure(bench: Bench): Promise<Findings> {
  const { directory, quick } = bench;
  const lines = bench.length('lines', 1_000_000, 400_000);
  const own = ownContestants(directory);
  const known = rivals(directory);
  const present = known.filter(({ version }) => version !== null);
  const field: Field = {
    own,
    // The quick form has no time for the run that stores.
    all: quick ? [own.memory, ...present] : [own.memory, own.stored, ...present],
    directory,
    rounds: bench.length('rounds', 3, 1),
  };
  const starts = await startsOf(field);
  const notes = known
    .filter(({ version }) => version === null)
    .map(({ name }) => `${name} is left out: it is not installed.`);
  const rows: (readonly (string | number)[])[] = [];
  const rates = new Map<string, Rate>();
  for (const { name, share, longer } of quick ? MIXES.slice(0, 1) : MIXES) {
    const mix = await raceMix(field, starts, { share, lines, longer: quick ? 1 : longer });
    notes.push(...mix.notes.map((note) => `${name}: ${note}`));
    const best = mix.rates.get(own.memory) as Rate;
    for (const [contestant, rate] of mix.rates) {
      rates.set(`${name} ${contestant.name}`, rate);
      const mine = contestant === own.memory || contestant === own.stored;
      const ratios = mine ? ['', ''] : [times(best.whole / rate.whole), times(best.read / rate.read)];
      const { lines: count, short, whole: all, read, processor } = rate;
      rows.push([name, contestant.name, contestant.does, short, count, all, read, processor, ...ratios]);
    }
  }
  const heads = [
    'mix',
    'program',
    'does',
    'short: lines/s',
    'lines',
    'lines/s',
    'without start',
    'lines/CPU s',
    'ours is',
    'without start',
  ];
  const lengths = MIXES.map(({ name, longer }) => `${longer} times as many at ${name}`).join(', ');
  const more = quick ? '' : `; programs that are fast enough also read a longer file, ${lengths}`;
  return {
    text: `${DEVICES} devices, seed ${SEED}, a short file of ${whole(lines)} lines${more}. Whole processes. The columns
\`without start\` do not count the start, which is measured on one line. \`ours is\`: the rate of \`replay\` in memory divided by that
of the other program. Medians of ${field.rounds} rounds, or one round of a program that needs more than ${SLOW_SECONDS} s.

${table(heads, rows)}

${list(notes)}`,
    goals: goalsOf(rates, own),
    alarms: alarmsOf(rates, own.memory),
    versions: present.map(({ name, version }) => `${name} ${version}`),
  };
}

/** How long each program needs for one line. */
async function startsOf({ all, directory, rounds }: Field): Promise<ReadonlyMap<Contestant, number>> {
  const one = join(directory, 'one.log');
  await writeMix(one, { lines: 1, share: 1, devices: 1, seed: SEED });
  const starts = new Map(all.map((contestant) => [contestant, [] as number[]]));
  // The first start, from a cold disk, is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [contestant, seconds] of starts) {
      const run = race(contestant, one, '/dev/null');
      if (run === null) throw new Error(`${contestant.name} does not come to the end of one line`);
      if (round > 0) seconds.push(run.seconds);
    }
  }
  return new Map([...starts].map(([contestant, seconds]) => [contestant, median(seconds)]));
}

type DeviceState = { readonly share: number; readonly lines: number; readonly longer: number };

async function raceMix(field: Field, starts: ReadonlyMap<Contestant, number>, { share, lines, longer }: DeviceState) {
  const { directory, own, all } = field;
  const file = join(directory, 'mix.log');
  const written = await writeMix(file, { lines, share, devices: DEVICES, seed: SEED });
  const answers = new Map<Contestant, Answer>();
  const rates = new Map<Contestant, Rate>();
  const take = (runs: Runs, count: number) => {
    for (const [contestant, results] of runs) {
      if (results.length === 0) continue;
      const rate = rateOf(results, count, starts.get(contestant) ?? 0);
      rates.set(contestant, { ...rate, short: rates.get(contestant)?.short ?? rate.whole });
    }
  };
  take(raceInTurns(field, all, file, answers), lines);
  const fast = [...rates].flatMap(([one, rate]) => (1e6 / rate.whole < FAST_SECONDS_PER_MILLION ? [one] : []));
  if (longer > 1) {
    await writeMix(file, { lines: lines * longer, share, devices: DEVICES, seed: SEED });
    take(raceInTurns(field, fast, file, null), lines * longer);
  }
  const found = answers.get(own.memory);
  if (found === undefined) throw new Error(`replay does not read ${lines} lines within ${LIMIT_SECONDS} s`);
  const notes = [
    `${(written.bytes / lines).toFixed(0)} bytes a line, of ${whole(lines)} lines ${whole(written.matching)} matching.`,
    ...all
      .filter((contestant) => contestant !== own.memory)
      .map((contestant) => {
        const answer = answers.get(contestant);
        return answer === undefined
          ? `${contestant.name} had not read the file after ${LIMIT_SECONDS} s, and is left out.`
          : compare(contestant, answer, found, written);
      }),
  ];
  return { rates, notes };
}

/** `answers` gets what each program found; if it is null, the output goes to /dev/null. A program that did not finish has no runs. */
function raceInTurns(
  { directory, rounds }: Field,
  contestants: readonly Contestant[],
  file: string,
  answers: Map<Contestant, Answer> | null,
): Runs {
  const output = answers === null ? '/dev/null' : join(directory, 'output');
  const runs = new Map(contestants.map((contestant) => [contestant, [] as Run[]]));
  const racing = new Set(contestants);
  for (let round = 0; round < rounds; round++) {
    for (const contestant of racing) {
      const run = race(contestant, file, output);
      if (run === null || run.seconds > SLOW_SECONDS) racing.delete(contestant);
      if (run === null) continue;
      runs.get(contestant)?.push(run);
      answers?.set(contestant, contestant.answer(readFileSync(output)));
    }
  }
  return runs;
}

function rateOf(runs: readonly Run[], lines: number, start: number): Omit<Rate, 'short'> {
  const seconds = median(runs.map((run) => run.seconds));
  return {
    lines,
    whole: lines / seconds,
    // A start that takes as long as the whole run leaves nothing to divide by.
    read: lines / Math.max(seconds - start, seconds / 100),
    processor: lines / Math.max(0.01, median(runs.map((run) => run.processor))),
  };
}

/** Compares what a rival found with what was written, or with what this program found. */
function compare({ name }: Contestant, theirs: Answer, own: Answer, { codes }: Written): string {
  if (theirs.kind === 'messages') {
    const missed = theirs.count === codes ? '' : ', so its rate is not comparable';
    return `${name} found ${theirs.count} of ${codes} messages with a message code${missed}.`;
  }
  if (own.kind !== 'devices') throw new Error('the answer of this program has to name devices');
  const pair = (of: 'incident' | 'confirmed') => `${theirs[of].size} and ${own[of].size}`;
  const apart = [...between(theirs.incident, own.incident), ...between(theirs.confirmed, own.confirmed)];
  const verdict =
    apart.length === 0
      ? 'They are the same devices.'
      : `They differ at ${[...new Set(apart)].slice(0, 5).join(', ')}: ${name} reads lines as they arrive and ends its windows by the wall clock; replay uses the time stamps.`;
  return `devices that reached an incident, ${name} and quovadis-watch replay: ${pair('incident')}; that were confirmed: ${pair('confirmed')}. ${verdict}`;
}

/** What is in one of two sets only. */
function between(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...[...a].filter((name) => !b.has(name)), ...[...b].filter((name) => !a.has(name))];
}

function goalsOf(rates: ReadonlyMap<string, Rate>, own: Field['own']): Goal[] {
  return PROMISES.flatMap(({ mix, own: which, rival, ratio }) => {
    const mine = rates.get(`${mix} ${own[which].name}`);
    const theirs = rates.get(`${mix} ${rival}`);
    if (theirs === undefined || !rates.has(`${mix} ${own.memory.name}`)) return [];
    const promise = `${mix}, ${which === 'stored' ? 'incidents stored' : 'replay'}: at least ${ratio} x ${rival}`;
    if (mine === undefined) return [{ promise, measured: `not within ${LIMIT_SECONDS} s`, met: false }];
    const measured = mine.whole / theirs.whole;
    return [{ promise, measured: times(measured), met: measured >= ratio }];
  });
}

/** Without the start, which a short file has more of than the lines. */
function alarmsOf(rates: ReadonlyMap<string, Rate>, memory: Contestant): string[] {
  const [own, sec] = [rates.get(`2 % ${memory.name}`), rates.get('2 % SEC')];
  return own !== undefined && sec !== undefined && own.read < sec.read
    ? ['replay of the 2 % mix is slower than SEC']
    : [];
}
