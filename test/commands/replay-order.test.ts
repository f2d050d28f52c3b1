/** Within the window, the result of a replay depends neither on the order of the lines nor on repeated lines. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMix } from '../../bench/generate.ts';
import type { IncidentRecord } from '../../src/core/diagnose/incident-record.ts';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

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
