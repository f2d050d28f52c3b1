/** Every store that there is, as a test opens it. */
import type { Test } from 'tap';
import { MemoryStore } from '../../src/store/memory/memory-store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { advisory, temporaryDirectory } from '../given.ts';

export const stores: Record<string, (t: Test) => Store> = {
  MemoryStore: () => new MemoryStore(projectionOf(advisory)),
  SqliteStore: (t) => {
    const store = new SqliteStore(openDatabase(temporaryDirectory(t)), projectionOf(advisory));
    t.teardown(() => store.close());
    return store;
  },
};
