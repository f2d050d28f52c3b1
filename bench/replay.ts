/**
 * `npm run bench`: the same files through `replay` and through what it replaces, interleaved in one run on one machine.
 * Writes bench/RESULTS.md. `npm run bench -- --quick` is one round of the 2 % mix alone, writes nothing, and fails only if
 * SEC is faster.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Written, writeMix } from './generate.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'quovadis-bench-'));
const quick = process.argv.includes('--quick');
const LINES = 1_000_000;
const ROUNDS = quick ? 1 : 3;
const SEED = 1;
const DEVICES = 5000;
const MIXES: readonly { readonly name: string; readonly share: number }[] = [
  { name: '2 %', share: 0.02 },
  ...(quick ? [] : [{ name: '100 %', share: 1 }]),
];

/** `answer` says what the program found, so that none is timed for work that it did not do. */
type Contestant = {
  readonly name: string;
  readonly does: string;
  readonly program: string;
  readonly versionFlag: string;
  readonly args: (file: string) => readonly string[];
  readonly answer: (output: Buffer) => Answer;
};
type Answer =
  | { readonly kind: 'devices'; readonly incident: ReadonlySet<string>; readonly confirmed: ReadonlySet<string> }
  | { readonly kind: 'messages'; readonly count: number };

const ours: Contestant = {
  name: 'quovadis-watch replay',
  does: 'correlation; incidents with their evidence',
  program: process.execPath,
  versionFlag: '--version',
  args: (file) => [main, 'replay', '--json', file],
  answer: (output) => {
    const { incidents } = JSON.parse(output.toString()) as {
      incidents: { device: string; confirmedAt: string | null }[];
    };
    return {
      kind: 'devices',
      incident: new Set(incidents.map(({ device }) => device)),
      confirmed: new Set(incidents.filter(({ confirmedAt }) => confirmedAt !== null).map(({ device }) => device)),
    };
  },
};

const rivals: readonly Contestant[] = [
  {
    name: 'SEC',
    does: 'the same correlation; verdicts',
    program: 'sec',
    versionFlag: '--version',
    args: (file) => [
      `--conf=${here}sec/quovadis.conf`,
      `--input=${file}`,
      '--notail',
      '--debug=1',
      '--log=/dev/null',
      '--quiet',
    ],
    answer: (output) => {
      const verdicts = output
        .toString()
        .split('\n')
        .map((line) => line.split(' '));
      const of = (...words: string[]) =>
        new Set(verdicts.filter(([word = '']) => words.includes(word)).map(([, device = '']) => device));
      return { kind: 'devices', incident: of('SUSPECTED', 'CONFIRMED'), confirmed: of('CONFIRMED') };
    },
  },
  {
    name: 'mtail',
    does: 'counting by mnemonic only',
    program: 'mtail',
    versionFlag: '--version',
    args: (file) => [
      '--one_shot',
      '--one_shot_format=prometheus',
      '--progs',
      `${here}mtail`,
      '--logs',
      file,
      '--log_dir',
      directory,
    ],
    answer: (output) => ({
      kind: 'messages',
      count: [...output.toString().matchAll(/^failures\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0),
    }),
  },
  {
    name: 'lognormalizer',
    does: 'parsing only, JSON out',
    program: 'lognormalizer',
    versionFlag: '-V',
    args: () => ['-r', `${here}lognorm/quovadis.rulebase`, '-e', 'json', '-p'],
    answer: (output) => {
      let count = 0;
      for (let at = output.indexOf(10); at !== -1; at = output.indexOf(10, at + 1)) count++;
      return { kind: 'messages', count };
    },
  },
];

/** Runs a program to its end with the file as its standard input, too; its output waits in a file until it is timed. */
function race(contestant: Contestant, file: string): { seconds: number; answer: Answer } {
  const { program, args } = contestant;
  const output = join(directory, 'output');
  const [stdin, stdout] = [openSync(file, 'r'), openSync(output, 'w')];
  const started = performance.now();
  const { status, error, stderr } = spawnSync(program, args(file), { stdio: [stdin, stdout, 'pipe'] });
  const seconds = (performance.now() - started) / 1000;
  closeSync(stdin);
  closeSync(stdout);
  if (status !== 0) throw new Error(`${contestant.name} ended with ${status}: ${error?.message ?? stderr}`);
  return { seconds, answer: contestant.answer(readFileSync(output)) };
}

/** The version that a program names, or null where it is not installed. */
function versionOf({ program, versionFlag }: Contestant): string | null {
  const { error, stdout, stderr } = spawnSync(program, [versionFlag], { encoding: 'utf8' });
  if (error !== undefined) return null;
  return /\d+\.\d[\w.~-]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

/** What a rival found, held against what was written or what we found. */
function compare(mix: string, rival: Contestant, theirs: Answer, own: Answer, { cores }: Written): string {
  if (theirs.kind === 'messages') {
    const missed = theirs.count === cores ? '' : ', so its rate is not comparable';
    return `${mix}: ${rival.name} found ${theirs.count} of ${cores} messages with a core${missed}.`;
  }
  if (own.kind !== 'devices') throw new Error('our answer names devices');
  const pair = (of: 'incident' | 'confirmed') => `${theirs[of].size} and ${own[of].size}`;
  const apart = [...between(theirs.incident, own.incident), ...between(theirs.confirmed, own.confirmed)];
  const verdict =
    apart.length === 0
      ? 'They are the same devices.'
      : `They differ at ${[...new Set(apart)].slice(0, 5).join(', ')}: ${rival.name} takes lines as they arrive and ends its windows by the wall clock, replay goes by the stamps.`;
  return `${mix}: devices that reached an incident, ${rival.name} and ours: ${pair('incident')}; that were confirmed: ${pair('confirmed')}. ${verdict}`;
}

/** What is in one of two sets only. */
function between(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...[...a].filter((name) => !b.has(name)), ...[...b].filter((name) => !a.has(name))];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function report(table: string, notes: readonly string[], versions: readonly string[]): string {
  const git = (...args: string[]) => spawnSync('git', ['-C', here, ...args], { encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain', '--', '../src', '../advisories') === '' ? '' : ' with changes in src';
  return `# Head to head

\`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}${changed}: ${LINES.toLocaleString('en')} lines a mix,
${DEVICES} devices, seed ${SEED}; whole processes with their start, the median of ${ROUNDS} interleaved rounds.
${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB; ${versions.join(', ')}.

${table}

\`ours is\` is our rate divided by theirs: below 1 they are faster.

${notes.map((note) => `- ${note}`).join('\n')}
`;
}

try {
  const present = rivals.filter((rival) => versionOf(rival) !== null);
  const notes = rivals
    .filter((rival) => !present.includes(rival))
    .map(({ name, program }) => `${name} is left out: ${program} is not installed.`);
  const rows: string[] = [];
  let slower = false;
  const contestants = [ours, ...present];
  const few = join(directory, 'few.log');
  await writeMix(few, { lines: 1000, share: 0.5, devices: 10, seed: SEED });
  // Nobody's first start from a cold disk is timed.
  for (const contestant of contestants) race(contestant, few);
  for (const { name, share } of MIXES) {
    const file = join(directory, 'mix.log');
    const written = await writeMix(file, { lines: LINES, share, devices: DEVICES, seed: SEED });
    const seconds = new Map(contestants.map((contestant) => [contestant, [] as number[]]));
    const answers = new Map<Contestant, Answer>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const contestant of contestants) {
        const result = race(contestant, file);
        seconds.get(contestant)?.push(result.seconds);
        answers.set(contestant, result.answer);
      }
    }
    notes.push(`${name}: ${(written.bytes / LINES).toFixed(0)} bytes a line, ${written.matching} lines matching.`);
    const own = LINES / median(seconds.get(ours) as number[]);
    for (const contestant of contestants) {
      const rate = LINES / median(seconds.get(contestant) as number[]);
      const ratio = contestant === ours ? '' : `${(own / rate).toFixed(1)} x`;
      rows.push(
        `| ${name} | ${contestant.name} | ${contestant.does} | ${Math.round(rate).toLocaleString('en')} | ${ratio} |`,
      );
      if (contestant !== ours) {
        const [theirs, found] = [answers.get(contestant) as Answer, answers.get(ours) as Answer];
        notes.push(compare(name, contestant, theirs, found, written));
      }
      if (contestant.name === 'SEC' && share < 1 && rate > own) slower = true;
    }
  }
  const table = ['| mix | program | does | lines/s | ours is |', '| --- | --- | --- | ---: | ---: |', ...rows].join(
    '\n',
  );
  process.stdout.write(`${table}\n\n${notes.join('\n')}\n`);
  const versions = [`node ${process.version}`, ...present.map((rival) => `${rival.name} ${versionOf(rival)}`)];
  if (!quick) writeFileSync(`${here}RESULTS.md`, report(table, notes, versions));
  if (quick && slower) {
    process.stderr.write('replay of the 2 % mix is slower than SEC\n');
    process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
