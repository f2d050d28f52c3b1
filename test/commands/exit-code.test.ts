/** `--exit-code`: scripts ask without reading a text. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { BODIES, temporaryDirectory } from '../given.ts';
import { ran } from './in-one-process.ts';

const POOL = fileURLToPath(new URL('../../samples/captures/trustpool.txt', import.meta.url));

t.test('--exit-code tells the result of advisory, trustpool and explain; without it the code is 0', async (t) => {
  const directory = temporaryDirectory(t);
  const line = (second: number, name: string, body: string) =>
    `<187>${second}: ${name}: Mar  1 06:00:0${second} UTC: ${body}`;
  const story = [
    line(1, 'sw-a', BODIES.callHome205),
    line(2, 'sw-a', BODIES.commFailed),
    line(3, 'sw-c', BODIES.commDns),
  ];
  writeFileSync(join(directory, 'story.log'), `${story.join('\n')}\n`);
  const pool = readFileSync(POOL, 'utf8');
  writeFileSync(join(directory, 'present.txt'), pool);
  const records = pool.split(/(?=^CA Certificate)/m);
  const whole = records.filter((record) => !record.includes('IdenTrust')).join('');
  writeFileSync(join(directory, 'absent.txt'), `${whole}sw-a#\n`);
  writeFileSync(join(directory, 'unknown.txt'), `${records[0]}${records[1]}`);
  const rows: readonly (readonly [code: number, ...args: string[]])[] = [
    [0, 'advisory', '--product', 'IE-3300-8T2S', '--release', '17.6.1'],
    [3, 'advisory', '--product', 'IE-3300-8T2S', '--release', '17.3.3'],
    [4, 'advisory', '--product', 'WS-C2960', '--release', '17.3.3'],
    [0, 'trustpool', 'present.txt'],
    [3, 'trustpool', 'absent.txt'],
    [4, 'trustpool', 'unknown.txt'],
    [3, 'explain', 'sw-a', '--data', 'data'],
    [0, 'explain', 'sw-c', '--data', 'data'],
  ];
  const [stored, ...results] = ran(
    [
      ['replay', 'story.log', '--data', 'data'],
      ...rows.flatMap(([, ...args]) => [args, [...args, '--exit-code'], [...args, '--exit-code', '--json']]),
    ],
    { cwd: directory },
  );
  t.equal(stored?.status, 0, `${stored?.stderr}`);
  for (const [index, [code, ...args]] of rows.entries()) {
    const [plain, told, json] = results.slice(3 * index, 3 * index + 3);
    t.same(
      [plain?.status, told?.status, json?.status],
      [0, code, code],
      `${args.join(' ')}: ${told?.stdout}${told?.stderr}`,
    );
    t.equal(told?.stdout, plain?.stdout, 'and prints the same');
    if (args[1] === 'sw-a')
      t.match(
        plain?.stdout,
        /\nRepair:\n(?: {2}.*\n)+Check:\n(?: {2}- .*\n)+In the console.*\nIn its runbook: \S+\/runbook#quovadistrustfailure\n$/,
        'it ends with what to do',
      );
  }
});
