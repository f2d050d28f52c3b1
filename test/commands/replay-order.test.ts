/** Within the window, the result of a replay depends neither on the order of the lines nor on repeated lines. */
import { spawnSync } from 'node:child_process';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { writeMix } from '../../bench/generate.ts';
import type { IncidentRecord } from '../../src/core/diagnose/incident-record.ts';
import { MAIN } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';

type Found = { devices: number; incidents: IncidentRecord[] };

function replayed(file: string, lines: readonly string[]): Found {
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { stdout, stderr } = spawnSync(process.execPath, [MAIN, 'replay', '--json', file], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  const { devices, incidents } = JSON.parse(stdout) as Found;
  return { devices, incidents };
}

/** Fisher–Yates shuffle with a linear congruential generator: a seed gives the same order on every machine. */
function shuffled(lines: readonly string[], seed: number): string[] {
  const order = [...lines];
  let state = seed;
  for (let left = order.length - 1; left > 0; left--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (left + 1);
    [order[left], order[other]] = [order[other] as string, order[left] as string];
  }
  return order;
}

t.test('replay finds the same in a day of lines in any order, and with each line twice', async (t) => {
  const file = join(temporaryDirectory(t), 'day.log');
  await writeMix(file, { lines: 6000, share: 0.4, devices: 80, seed: 7 });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const found = replayed(file, lines);
  t.ok(found.incidents.length > 30, 'the archive has incidents');
  for (const seed of [1, 2, 3]) t.same(replayed(file, shuffled(lines, seed)), found, `shuffled with seed ${seed}`);
  t.same(replayed(file, shuffled([...lines, ...lines], 4)), found, 'each line twice');
});

t.test('replay reads rotated files in the order of their times, in whichever order a shell names them', async (t) => {
  const directory = temporaryDirectory(t);
  const line = (day: number, n: number, body: string, year = ' 2022') =>
    `<187>${n}: sw-a: 000${n}: Feb  ${day}${year} 06:00:00.000 UTC: ${body}`;
  const chatter = (day: number, n: number, year?: string) => line(day, n, BODIES.chatter, year);
  for (const [why, year] of [
    ['with a year', ' 2022'],
    ['without a year', ''],
  ] as const) {
    const days: Record<string, readonly string[]> = {
      syslog: [chatter(7, 700, year), line(8, 701, BODIES.callHome205, year)],
      'syslog.1': [line(4, 500, BODIES.callHome205, year), chatter(5, 501, year)],
      'syslog.2.gz': [line(1, 300, BODIES.callHome205, year), line(1, 301, BODIES.commFailed, year)],
    };
    const names = Object.keys(days);
    for (const [name, lines] of Object.entries(days)) {
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      writeFileSync(join(directory, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
      // A copy of rotated files may have one time.
      utimesSync(join(directory, name), new Date('2022-02-08T07:00:00Z'), new Date('2022-02-08T07:00:00Z'));
    }
    const read = (order: readonly string[]) => {
      const args = [MAIN, 'replay', '--json', ...order.map((name) => join(directory, name))];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const { incidents, lines } = JSON.parse(stdout) as Found & { lines: number };
      return { stderr, lines, incidents };
    };
    const found = read(names.toReversed());
    t.match(
      found,
      { stderr: '', lines: 6, incidents: [{ device: 'sw-a', openedAt: '2022-02-01T06:00:00.000Z' }] },
      why,
    );
    t.same(read(names), found, `${why}, the newest first`);
    t.same(read([names[1], names[0], names[2]] as string[]), found, `${why}, mixed`);
  }
});

t.test('replay says how many messages came too late to count', async (t) => {
  const file = join(temporaryDirectory(t), 'wrong.log');
  const line = (day: number, body: string) => `<187>${day}: sw-a: Feb  ${day} 2022 06:00:00.000 UTC: ${body}`;
  const lines = [line(8, BODIES.callHome205), line(1, BODIES.callHome205), line(1, BODIES.commFailed)];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'replay', file], { encoding: 'utf8' });
  t.equal(status, 0);
  t.match(stdout, /^No incidents\n/);
  t.match(
    stderr,
    /2 tracked messages did not count: .* is more than 48 h later\. Replay the lines in the order of their times\n$/,
  );
});
