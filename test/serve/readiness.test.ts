import t from 'tap';
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
