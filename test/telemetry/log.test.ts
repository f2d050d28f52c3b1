/** The log if nobody reads it or the disk is full: the service must not be affected. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { freePort, MAIN, metric, until } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

const LOG = fileURLToPath(new URL('../../src/telemetry/log.ts', import.meta.url));

/**
 * A process that logs this many lines of 1 kB at once, writes the number of dropped lines to stderr, then runs `then`.
 */
function logging(lines: number, then: string) {
  const code = `
    import { openLog } from ${JSON.stringify(LOG)};
    const log = openLog('info');
    for (let n = 0; n < ${lines}; n++) log.info({ n, filler: 'x'.repeat(1000) }, 'line');
    process.stderr.write(log.dropped() + '\\n');
    ${then}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['ignore', 'pipe', 'pipe'] });
}

const numbers = (log: string) =>
  log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).n as number);

t.test('openLog() buffers a bounded number of unread lines, and counts the dropped ones', async (t) => {
  const lines = 10_000;
  const child = logging(lines, '');
  const [said] = await once(child.stderr, 'data');
  const dropped = Number(said);
  t.ok(dropped > lines - limits.logBytes / 1000 && dropped < lines, `${dropped} dropped`);
  const written = numbers(await text(child.stdout));
  t.same(
    written,
    Array.from({ length: lines - dropped }, (_, n) => n),
    'the buffered lines are complete and in order',
  );
});

t.test('openLog().end() writes the buffered lines before the process ends', async (t) => {
  const child = logging(2000, 'await log.end(); process.exit();');
  t.equal(numbers(await text(child.stdout)).length, 2000);
});

const skip = existsSync('/dev/full') ? false : 'there is no /dev/full';

t.test('serve continues without a writable log, reports this once, and stops in order', { skip }, async (t) => {
  const http = `127.0.0.1:${await freePort()}`;
  const args = ['serve', '--data', temporaryDirectory(t), '--udp', 'off', '--tcp', 'off', '--http', http];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const said = text(child.stderr as NonNullable<typeof child.stderr>);
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  const isUp = () =>
    fetch(`http://${http}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isUp, (up) => up || ended);
  t.notOk(ended, 'the process still runs');
  t.equal(await metric(`http://${http}`, 'quovadis_log_lines_dropped_total'), 0, 'the lines are buffered');
  child.kill('SIGTERM');
  t.same(await exit, [0, null]);
  t.match(await said, /^quovadis-watch: the log cannot be written \(ENOSPC.*\); the service goes on\n$/);
});
