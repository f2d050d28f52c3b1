import t from 'tap';
import { OperatingError } from '../../src/errors.ts';
import { makeReadiness } from '../../src/serve/readiness.ts';
import type { Log } from '../../src/telemetry/log.ts';

t.test('makeReadiness() has no problem once the store works again, and 10 s after dropped lines', async (t) => {
  let now = 0;
  const logged: unknown[] = [];
  const log = {
    info: (message: string) => logged.push(message),
    error: (_: unknown, message: string) => logged.push(message),
  } as unknown as Log;
  const readiness = makeReadiness({ ping: async () => {} }, log, () => now);
  t.equal(await readiness.problem(), null);
  readiness.onStoreError(new Error('the disk is full'));
  t.match(await readiness.problem(), /cannot be stored/);
  readiness.onStoreError(null);
  t.equal(await readiness.problem(), null);
  t.same(logged, ['the store cannot commit; trying again', 'the store can commit again']);
  readiness.onDropped();
  for (const [at, ready] of [
    [0, false],
    [9999, false],
    [10_000, true],
  ] as const) {
    now = at;
    t.equal((await readiness.problem()) === null, ready, `${at} ms`);
  }
});

t.test('makeReadiness() says the reason of a failure without names of hosts, and logs it once a minute', async (t) => {
  let now = 0;
  const logged: string[] = [];
  const log = { info: () => {}, error: ({ err }: { err: Error }) => logged.push(err.message) } as unknown as Log;
  const failure = (what: string, reason: string) =>
    new OperatingError('QVW_DATABASE_FAILED', `PostgreSQL at db1/quovadis ${what}`, { reason });
  const [full, again] = ['has a full disk (a)', 'has a full disk (b)'].map((what) => failure(what, 'its disk is full'));
  const gone = failure('cannot be reached', 'it is gone');
  const readiness = makeReadiness({ ping: async () => {} }, log, () => now);
  for (const [at, error] of [
    [0, full],
    [1000, again],
    [2000, gone],
    [3000, full],
    [4000, gone],
    [61_999, gone],
    [62_000, gone],
  ] as const) {
    now = at;
    readiness.onStoreError(error ?? null);
  }
  t.strictSame(logged, [full?.message, gone.message, gone.message]);
  t.equal(await readiness.problem(), 'lines cannot be stored at the moment: it is gone; see the log of the service');
  const ping = async () => {
    throw gone;
  };
  t.equal(await makeReadiness({ ping }, log, () => now).problem(), 'the store does not answer: it is gone');
});

t.test('makeReadiness() logs why the store does not answer', async (t) => {
  const logged: unknown[] = [];
  const err = new Error('the disk is gone');
  const ping = async () => {
    throw err;
  };
  const log = { error: (fields: unknown) => logged.push(fields) } as unknown as Log;
  t.equal(await makeReadiness({ ping }, log, () => 0).problem(), 'the store does not answer');
  t.strictSame(logged, [{ err }]);
});
