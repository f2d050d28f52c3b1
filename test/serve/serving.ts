/** The HTTP side alone, around what a test gives it of the rest of the service. */
import { HttpServer, type Serving } from '../../src/serve/server.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory } from '../given.ts';

export function serverOf(over: Partial<Serving> = {}, ...more: [bounds?: { connections: number; requestMs: number }]) {
  const logged: string[] = [];
  const take = (fields: unknown, msg?: string) => logged.push(typeof fields === 'string' ? fields : (msg ?? ''));
  const parts = {
    store: new MemoryStore(projectionOf(advisory)),
    advisory,
    now: () => 0,
    tokens: { readTokens: [], writeTokens: [] },
    feed: { listeners: 0, listen: () => () => {} },
    log: { info: take, warn: take, error: take, debug: take },
    trouble: () => null,
    dropping: () => false,
    ...over,
  };
  return { server: new HttpServer(parts as unknown as Serving, ...more), logged };
}
