/** Stores of each engine for tests. */

import type { Test } from 'tap';
import { correlate } from '../../src/core/correlate/correlate.ts';
import type { Known } from '../../src/core/correlate/correlated.ts';
import type { Device } from '../../src/core/model/device.ts';
import { keysOf } from '../../src/core/model/names.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { type Engine, engines, postgresEngine } from '../../src/store/open-store.ts';
import type { Batch, Evictions } from '../../src/store/ports/batch.ts';
import type { About, DecidingStore } from '../../src/store/ports/devices.ts';
import type { Store, StoreBounds } from '../../src/store/ports/store.ts';
import { type Projection, projectionOf } from '../../src/store/projection.ts';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { advisory, T0, temporaryDirectory } from '../given.ts';

/** Opens a store with these bounds in a new place, and closes it when the test ends. */
type OpenForTest = (t: Test, bounds?: StoreBounds, projection?: Projection) => Promise<Store>;

const own = projectionOf(advisory);

const withoutServer: Record<string, OpenForTest> = Object.fromEntries(
  Object.entries(engines).map(([name, engineAt]): [string, OpenForTest] => [
    name,
    async (t, bounds, projection = own) => {
      const store = await engineAt(temporaryDirectory(t)).open(projection, 'write', bounds);
      t.teardown(() => store.close());
      return store;
    },
  ]),
);

/** A machine that is busy with other tests is not a server that hangs. */
const deadlines = { statementMs: 300_000, lockMs: 300_000, idleMs: 300_000, answerMs: 300_000 };

async function inPostgres(t: Test, bounds?: StoreBounds, projection = own): Promise<Store> {
  const { borrowDatabase } = await import('./postgres/cluster.ts');
  const { url, giveBack } = await borrowDatabase();
  const store = await postgresEngine({ url, instance: 'test', deadlines }).open(projection, 'write', bounds);
  t.teardown(async () => {
    await store.close();
    await giveBack();
  });
  return store;
}

const { memory: _, ...rest } = engines;

/**
 * The tests of the contract run with each engine: those in the process of a file with the engines that need no server, and all
 * once more in the one process that has a server (`postgres/contract.test.ts`).
 */
const hasServer = process.env['CONTRACT_OF'] === 'postgres';

/** The engines by name. The contract tests run with each of them. */
export const stores: Record<string, OpenForTest> = hasServer ? { postgres: inPostgres } : withoutServer;

/** The engines whose stores outlive the process, by name; each gives the engine of a directory that is not there yet. */
export const durableEngines: Record<string, (data: string) => Promise<Engine>> = hasServer
  ? {
      postgres: async () => {
        const { newDatabase } = await import('./postgres/cluster.ts');
        return postgresEngine({ url: await newDatabase(), instance: 'test', deadlines });
      },
    }
  : Object.fromEntries(Object.entries(rest).map(([name, engineAt]) => [name, async (data) => engineAt(data)]));

export function inFile(t: Test, bounds?: StoreBounds): Store {
  const database = openDatabase(temporaryDirectory(t));
  const store = new SqliteStore(database, projectionOf(advisory), undefined, bounds);
  t.teardown(() => store.close());
  return store;
}

/** The empty rows of a batch, without `devices` and `now`. */
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

/** Stores a batch unchanged. */
export function writeBatch(store: DecidingStore, batch: Batch): Promise<Evictions> {
  return store.commit({ names: [], keys: [], newDevices: 0 }, () => batch);
}

/** The names and keys that a commit of these observations needs. */
export function aboutOf(observations: readonly Observation[]): About {
  const keys = observations.flatMap(({ names }) => keysOf(names));
  return { names: observations.flatMap(({ names }) => names.aliases), keys: new Set(keys), newDevices: keys.length };
}

/** The stored aliases and devices of `about`. */
export async function knownOf(store: DecidingStore, about: About): Promise<Known> {
  const found: Known[] = [];
  await store.commit(about, (known) => {
    found.push(known);
    return { ...noRows, devices: [], now: T0 };
  });
  return found.at(-1) as Known;
}

export function decided(known: Known, observations: readonly Observation[], over: Partial<Batch>): Batch {
  const { devices, copies: _, refused: __, ...rest } = correlate({ ...known, room: Infinity }, observations, advisory);
  return { ...noRows, ...rest, devices: [...devices.values()], now: T0, ...over };
}

/** A batch with these observations, based on the stored devices. */
export async function batchOf(store: DecidingStore, observations: readonly Observation[]): Promise<Batch> {
  return decided(await knownOf(store, aboutOf(observations)), observations, {});
}

/** Decides on these observations and stores the outcome, as the pipeline does. */
export function commitObservations(
  store: DecidingStore,
  observations: readonly Observation[],
  over: Partial<Batch> = {},
): Promise<Evictions> {
  return store.commit(aboutOf(observations), (known) => decided(known, observations, over));
}

/** Reads the devices that are due, without changing them. */
export async function dueIn(store: DecidingStore, now: number, limit: number): Promise<Device[]> {
  const found: Device[] = [];
  await store.due(now, limit, (devices) => {
    found.push(...devices.values());
    return { ...noRows, devices: [], now };
  });
  return found;
}

/** A whole pass over what is too old; nothing but days is. `passedMs`: since the last pass. */
export async function retained(store: Store, now: number, passedMs: number): Promise<void> {
  await store.moveRetention(now, passedMs);
  const never = 1e6 * 86_400_000;
  const policy = { incidentsMs: never, evidenceMs: never, transitionsMs: never, unparsedMs: never };
  while ((await store.retain(policy)) !== null);
}
