/**
 * `npm run bench`: the same files through `replay` and through what it replaces, interleaved in one run on one machine.
 * Writes bench/RESULTS.md. `-- --quick` is one round of a small file and fails only if SEC is faster.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMix } from './generate.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const quick = process.argv.includes('--quick');
const LINES = quick ? 200_000 : 1_000_000;
const ROUNDS = quick ? 1 : 3;
const SEED = 1;
const DEVICES = 5000;
const MIXES = { '2 %': 0.02, '100 %': 1 } as const;

type Rival = {
  readonly name: string;
  readonly does: string;
  readonly program: string;
  readonly debianPackage: string;
  readonly version: () => string;
  readonly run: (file: string) => string;
};

const run = (program: string, args: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return stdout;
};

const rivals: readonly Rival[] = [
  {
    name: 'SEC',
    does: 'the same correlation',
    program: 'sec',
    debianPackage: 'sec',
    version: () => /[\d.]+/.exec(run('sec', ['--version']))?.[0] ?? '?',
    run: (file) =>
      run('sec', [
        `--conf=${here}sec/quovadis.conf`,
        `--input=${file}`,
        '--notail',
        '--nointevents',
        '--debug=1',
        '--log=/dev/null',
        '--quiet',
      ]),
  },
  {
    name: 'mtail',
    does: 'counting only',
    program: 'mtail',
    debianPackage: 'mtail',
    version: () => /version (\S+)/.exec(run('mtail', ['--version']))?.[1] ?? '?',
    run: (file) => run('mtail', ['--one_shot', '--progs', `${here}mtail`, '--logs', file, '--logtostderr=false']),
  },
];

const isInstalled = ({ program }: Rival) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

const directory = mkdtempSync(join(tmpdir(), 'quovadis-bench-'));
try {
  const present = rivals.filter(isInstalled);
  const rows: string[] = [];
  const notes: string[] = [];
  let slower = false;
  for (const [mix, share] of Object.entries(MIXES)) {
    const file = join(directory, 'mix.log');
    await writeMix(file, { lines: LINES, share, devices: DEVICES, seed: SEED });
    const ours: number[] = [];
    const theirs = new Map(present.map((rival) => [rival, [] as number[]]));
    let found = { incidents: [] as { state: string }[] };
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(
        seconds(() => {
          found = JSON.parse(run(process.execPath, [main, 'replay', file, '--json']));
        }),
      );
      for (const [rival, times] of theirs) times.push(seconds(() => agree(rival, mix, rival.run(file), found, notes)));
    }
    const own = LINES / median(ours);
    rows.push(row(mix, 'quovadis-watch replay', 'correlation, incidents explained', own, own));
    for (const [rival, times] of theirs) {
      const rate = LINES / median(times);
      rows.push(row(mix, rival.name, rival.does, rate, own));
      if (rival.name === 'SEC' && share < 1 && rate > own) slower = true;
    }
  }
  for (const rival of rivals)
    if (!present.includes(rival))
      notes.push(`${rival.name} is left out: Debian package ${rival.debianPackage} is not installed.`);
  const table = ['| mix | program | does | lines/s | ours is |', '| --- | --- | --- | ---: | ---: |', ...rows].join(
    '\n',
  );
  process.stdout.write(`${table}\n${[...new Set(notes)].join('\n')}\n`);
  if (!quick) writeFileSync(`${here}RESULTS.md`, report(table, [...new Set(notes)], present));
  if (slower) {
    process.stderr.write('replay of the 2 % mix is slower than SEC\n');
    process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** SEC writes a line a verdict: both must have found the same number of devices. */
function agree(
  rival: Rival,
  mix: string,
  output: string,
  found: { incidents: { state: string }[] },
  notes: string[],
): void {
  if (rival.name !== 'SEC') return;
  const count = (word: string) => output.split('\n').filter((line) => line.startsWith(word)).length;
  const confirmed = found.incidents.filter(({ state }) => state === 'confirmed').length;
  notes.push(
    `${mix}: SEC found ${count('SUSPECTED')} suspected first and ${count('CONFIRMED')} confirmed, ours ${found.incidents.length} incidents of which ${confirmed} confirmed.`,
  );
}

function row(mix: string, name: string, does: string, rate: number, own: number): string {
  return `| ${mix} | ${name} | ${does} | ${Math.round(rate).toLocaleString('en')} | ${rate === own ? '–' : `${(own / rate).toFixed(1)} x`} |`;
}

function report(table: string, notes: readonly string[], present: readonly Rival[]): string {
  const git = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const versions = [`node ${process.version}`, ...present.map((rival) => `${rival.name} ${rival.version()}`)].join(
    ', ',
  );
  return `# Head to head

\`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, commit ${git}: ${LINES.toLocaleString('en')} lines a mix, ${DEVICES} devices,
seed ${SEED}, whole processes with their start, the median of ${ROUNDS} interleaved rounds.
${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB; ${versions}.

${table}

${notes.map((note) => `- ${note}`).join('\n')}
`;
}
