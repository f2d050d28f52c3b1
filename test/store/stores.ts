/** Every store that there is, as a test opens it. */
import type { Test } from 'tap';
import { MemoryStore } from '../../src/store/memory/memory-store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { advisory, temporaryDirectory } from '../given.ts';

/** `devices`: how many a store may hold. */
export const stores: Record<string, (t: Test, bounds?: { devices?: number }) => Store> = {
  MemoryStore: (_, bounds) => new MemoryStore(projectionOf(advisory), undefined, bounds),
  SqliteStore: (t, bounds) => {
    const database = openDatabase(temporaryDirectory(t));
    const store = new SqliteStore(database, projectionOf(advisory), undefined, bounds);
    t.teardown(() => store.close());
    return store;
  },
};
