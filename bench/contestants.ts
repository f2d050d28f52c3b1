/** The programs that read the archived lines: this program, and the programs that people use for such work today. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from './program.ts';
import { findSyslogNg } from './syslog-ng.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What a program found. It is checked, so that no program is timed for work that it did not do. */
export type Answer =
  | { readonly kind: 'devices'; readonly incident: ReadonlySet<string>; readonly confirmed: ReadonlySet<string> }
  | { readonly kind: 'messages'; readonly count: number };

export type Contestant = {
  readonly name: string;
  readonly does: string;
  readonly version: string | null;
  readonly program: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** The arguments of the program. The file is also its standard input. */
  readonly args: (file: string) => readonly string[];
  readonly answer: (output: Buffer) => Answer;
  /** Prepares the files before the program starts. */
  readonly before?: () => void;
};

export function ownContestants(directory: string): { memory: Contestant; stored: Contestant } {
  const data = join(directory, 'replayed');
  const memory: Contestant = {
    name: 'quovadis-watch replay',
    does: 'correlation; incidents, in memory',
    version: process.version,
    program: process.execPath,
    args: (file) => [program, 'replay', '--json', file],
    answer: incidentsOf,
  };
  const stored: Contestant = {
    ...memory,
    name: 'quovadis-watch replay --data',
    does: 'the same with evidence, stored in SQLite',
    args: (file) => [program, 'replay', '--json', '--data', data, file],
    before: () => rmSync(data, { recursive: true, force: true }),
  };
  return { memory, stored };
}

export function rivals(directory: string): readonly Contestant[] {
  const syslogNg = findSyslogNg(directory);
  return [
    {
      name: 'SEC',
      does: 'the same correlation; verdicts',
      version: versionOf('sec', '--version'),
      program: 'sec',
      args: (file) => [
        `--conf=${here}sec/quovadis.conf`,
        `--input=${file}`,
        ...['--notail', '--debug=1', '--log=/dev/null', '--quiet'],
      ],
      answer: verdictsOf,
    },
    {
      name: 'mtail',
      does: 'counting by mnemonic only',
      version: versionOf('mtail', '--version'),
      program: 'mtail',
      args: (file) => [
        ...['--one_shot', '--one_shot_format=prometheus', '--log_dir', directory],
        ...['--progs', `${here}mtail`, '--logs', file],
      ],
      answer: (output) => ({
        kind: 'messages',
        count: [...output.toString().matchAll(/^failures\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0),
      }),
    },
    {
      name: 'lognormalizer',
      does: 'parsing only, JSON out',
      version: versionOf('lognormalizer', '-V'),
      program: 'lognormalizer',
      args: () => ['-r', `${here}lognorm/quovadis.rulebase`, '-e', 'json', '-p'],
      answer: linesOf,
    },
    {
      name: 'syslog-ng patterndb',
      does: 'parsing only, fields out',
      version: syslogNg?.version ?? null,
      // syslog-ng reads its standard input only if that is not a file.
      program: 'sh',
      args: (file) => [
        ...['-c', 'file=$1; shift; cat "$file" | exec "$@"', 'sh', file],
        ...(syslogNg?.command(`${here}syslog-ng/parse.conf`) ?? []),
      ],
      environment: { ...process.env, ...syslogNg?.environment, bench: here, output: '/dev/stdout' },
      answer: linesOf,
    },
  ];
}

/** The version that a program prints, or null if the program is not installed. */
export function versionOf(program: string, flag: string, environment: NodeJS.ProcessEnv = process.env): string | null {
  const { error, status, stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8', env: environment });
  if (error !== undefined || status === 127) return null;
  return /\d+\.\d[\w.~-]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

function incidentsOf(output: Buffer): Answer {
  const { incidents } = JSON.parse(output.toString()) as {
    incidents: { device: string; confirmedAt: string | null }[];
  };
  return {
    kind: 'devices',
    incident: new Set(incidents.map(({ device }) => device)),
    confirmed: new Set(incidents.filter(({ confirmedAt }) => confirmedAt !== null).map(({ device }) => device)),
  };
}

/** `CONFIRMED sw-0001`. */
function verdictsOf(output: Buffer): Answer {
  const verdicts = output
    .toString()
    .split('\n')
    .map((line) => line.split(' '));
  const of = (...words: string[]) =>
    new Set(verdicts.filter(([word = '']) => words.includes(word)).map(([, device = '']) => device));
  return { kind: 'devices', incident: of('SUSPECTED', 'CONFIRMED'), confirmed: of('CONFIRMED') };
}

function linesOf(output: Buffer): Answer {
  let count = 0;
  for (let at = output.indexOf(10); at !== -1; at = output.indexOf(10, at + 1)) count++;
  return { kind: 'messages', count };
}
