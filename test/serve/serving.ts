/** The HTTP server alone, with the parts of the service that a test gives. */

import { Operations } from '../../src/operate/operations.ts';
import { makeReadiness } from '../../src/serve/readiness.ts';
import { HttpServer } from '../../src/serve/server.ts';
import type { Serving } from '../../src/serve/serving.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { advisory } from '../given.ts';

export function serverOf(over: Partial<Serving> = {}, ...more: [bounds?: ConstructorParameters<typeof HttpServer>[1]]) {
  const logged: string[] = [];
  const take = (fields: unknown, msg?: string) => logged.push(typeof fields === 'string' ? fields : (msg ?? ''));
  const store = new MemoryStore(projectionOf(advisory));
  const now = () => 0;
  const operations = new Operations({ store, advisory, now, onCommit: () => {} });
  const log = { info: take, warn: take, error: take, debug: take } as unknown as Log;
  const readiness = makeReadiness(store, log, now);
  const parts = {
    ...{ store, now, log, readiness, engine: () => ({ advisory, operations }) },
    tls: null,
    access: () => ({ readTokens: [], writeTokens: [], publicUrl: null, metrics: 'open', insecure: false }),
    reload: async () => ({ changed: [], needsRestart: [] }),
    onShort: () => {},
    metrics: { onHttpClosed: () => {} },
    about: () => ({ version: '1.2.3' }),
    news: { subscribe: () => () => {} },
    feed: { listeners: 0, subscribe: () => () => {}, position: 'x-0', since: () => [] },
    ...over,
  };
  return { server: new HttpServer(parts as unknown as Serving, ...more), logged, readiness };
}
