import t from 'tap';
import type { Readiness } from '../../src/serve/readiness.ts';
import type { Serving } from '../../src/serve/serving.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory } from '../given.ts';
import { serving } from './served-store.ts';

class FailingStore extends MemoryStore {
  override async ping(): Promise<void> {
    throw new Error('the disk is gone');
  }
}

t.test('GET /readyz answers 503 while lines cannot be stored, for any reason; GET /healthz does not', async (t) => {
  type Happening = (readiness: Readiness) => void;
  const rows: readonly (readonly [why: string, over: Partial<Serving>, status: number, happening?: Happening])[] = [
    ['nothing is wrong', {}, 200],
    ['the store does not answer', { store: new FailingStore(projectionOf(advisory)) }, 503],
    ['the last commit failed', {}, 503, (readiness) => readiness.onStoreError(new Error('the disk is full'))],
    ['tracked lines are dropped', {}, 503, (readiness) => readiness.onDropped()],
  ];
  for (const [why, over, status, happening] of rows) {
    const { server, readiness } = serving(t, over);
    happening?.(readiness);
    const http = await server.build();
    const ready = await http.inject('/readyz');
    t.equal(ready.statusCode, status, why);
    if (status === 200) t.strictSame(ready.json(), { status: 'ok' }, why);
    else {
      t.match(ready.headers['content-type'], /^application\/problem\+json/, why);
      t.match(ready.json(), { status, title: 'Service Unavailable' }, why);
    }
    const alive = await http.inject('/healthz');
    t.strictSame([alive.statusCode, alive.json()], [200, { status: 'ok' }], `${why}, but the process lives`);
  }
});
