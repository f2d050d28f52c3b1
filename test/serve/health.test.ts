import t from 'tap';
import type { Serving } from '../../src/serve/server.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory } from '../given.ts';
import { serving } from './served-store.ts';

class Deaf extends MemoryStore {
  override async ping(): Promise<void> {
    throw new Error('the disk is gone');
  }
}

t.test(
  'GET /readyz answers 503 while lines cannot be stored, whatever the reason; GET /healthz does not',
  async (t) => {
    const rows: readonly (readonly [why: string, over: Partial<Serving>, status: number])[] = [
      ['nothing is wrong', {}, 200],
      ['the store does not answer', { store: new Deaf(projectionOf(advisory)) }, 503],
      ['the last commit failed', { trouble: () => new Error('the disk is full') }, 503],
      ['lines of ours are dropped', { dropping: () => true }, 503],
    ];
    for (const [why, over, status] of rows) {
      const { server } = serving(t, over);
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
  },
);
