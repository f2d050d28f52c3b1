import t from 'tap';
import { nextTryIn, PAGER_SCHEDULE, retryAfterOf, WEBHOOK_SCHEDULE } from '../../src/notify/backoff.ts';
import { T0 } from '../given.ts';

t.test('nextTryIn() follows the schedule of Standard Webhooks, then gives up', async (t) => {
  const seconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
  t.same(
    WEBHOOK_SCHEDULE.map((_, index) => nextTryIn(index + 1, WEBHOOK_SCHEDULE, 0, null)),
    seconds.map((s) => s * 1000),
  );
  t.equal(nextTryIn(10, WEBHOOK_SCHEDULE, 0, null), null, 'after ten tries');
  const day = PAGER_SCHEDULE.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
  t.ok(day > 20 && day < 30, 'the schedule of a pager takes about a day');
});

t.test('nextTryIn() adds random time, and is never shorter than the receiver asks', async (t) => {
  const waits = [0, 0.5, 0.999].map((chance) => nextTryIn(2, WEBHOOK_SCHEDULE, chance, null) as number);
  t.ok(new Set(waits).size === 3 && waits.every((wait) => wait >= 300_000 && wait < 360_000), `${waits}`);
  t.equal(nextTryIn(1, WEBHOOK_SCHEDULE, 0, 120_000), 120_000);
  t.equal(nextTryIn(2, WEBHOOK_SCHEDULE, 0, 1000), 300_000, 'a shorter Retry-After than planned changes nothing');
  t.equal(nextTryIn(1, WEBHOOK_SCHEDULE, 0, 1e12), 86_400_000, 'at most a day');
});

t.test('retryAfterOf() reads seconds and dates', async (t) => {
  const rows: [string | null, number | null][] = [
    [null, null],
    ['120', 120_000],
    [' 0 ', 0],
    ['Sat, 05 Feb 2022 06:01:00 GMT', 60_000],
    ['Sat, 05 Feb 2022 05:00:00 GMT', 0],
    ['-5', null],
    ['soon', null],
    ['', null],
    ['99999999999999999999', null],
  ];
  for (const [header, expected] of rows) t.equal(retryAfterOf(header, T0), expected, `${header}`);
});
