/** A store of each engine, as a test opens it. */

import type { Test } from 'tap';
import { correlate } from '../../src/core/correlate/correlate.ts';
import { aliasesIn, nameOf, UNIDENTIFIED } from '../../src/core/model/names.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { engines } from '../../src/store/open-store.ts';
import type { Batch } from '../../src/store/ports/batch.ts';
import type { DecidingStore } from '../../src/store/ports/devices.ts';
import type { Store, StoreBounds } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { advisory, T0, temporaryDirectory } from '../given.ts';

/** Opens a store with these bounds in a new directory, and closes it when the test ends. */
type OpenForTest = (t: Test, bounds?: StoreBounds) => Promise<Store>;

/** By the name of the engine: the contract tests run on each. */
export const stores: Record<string, OpenForTest> = Object.fromEntries(
  Object.entries(engines).map(([name, engineAt]): [string, OpenForTest] => [
    name,
    async (t, bounds) => {
      const store = await engineAt(temporaryDirectory(t)).open(projectionOf(advisory), 'write', bounds);
      t.teardown(() => store.close());
      return store;
    },
  ]),
);

export function inFile(t: Test, bounds?: StoreBounds): Store {
  const database = openDatabase(temporaryDirectory(t));
  const store = new SqliteStore(database, projectionOf(advisory), undefined, bounds);
  t.teardown(() => store.close());
  return store;
}

/** What a batch has beside its devices, as far as nothing is said of it. */
export const noRows = {
  past: [],
  changes: [],
  evidence: [],
  merges: [],
  aliases: new Map(),
  unparsed: [],
  notes: [],
  notices: [],
};

/** A batch that takes these observations in, as the store knows their devices. */
export async function batchOf(store: DecidingStore, observations: readonly Observation[]): Promise<Batch> {
  const aliases = await store.aliases(observations.flatMap(({ names }) => aliasesIn(names)));
  const keys = [...aliases.values()].filter((key) => key !== null);
  const primary = observations.map(({ names }) => nameOf(names) ?? UNIDENTIFIED);
  const known = { aliases, devices: await store.load(new Set([...keys, ...primary])) };
  const { devices, copies: _, refused: __, ...rest } = correlate(known, observations, advisory);
  return { ...noRows, ...rest, devices: [...devices.values()], now: T0 };
}
