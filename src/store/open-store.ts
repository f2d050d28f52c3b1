/**
 * The one place that knows the engines. The files of an engine are loaded when a store is opened, and not before: a
 * replay of a few lines is mostly its start.
 */
import { databasePlace, readDatabaseUrl } from '../database-url.ts';
import type { Moved } from './moving/move.ts';
import type { BackupDone, Restored } from './ports/backup.ts';
import type { EvictedRows } from './ports/batch.ts';
import type { DamagedRow } from './ports/damage.ts';
import type { DecidingStore } from './ports/devices.ts';
import type { Store, StoreBounds } from './ports/store.ts';
import type { Inspected } from './postgres/inspect.ts';
import type { Deadlines } from './postgres/pools.ts';
import type { Beats } from './postgres/presence.ts';
import type { Projection } from './projection.ts';
import type { BackupOrder } from './sqlite/backup.ts';
import type { RestoreOrder } from './sqlite/restore.ts';

/**
 * `service`: reads and writes; only one process at a time may have it. `write`: reads
 * and writes, also beside a running service. `read`: changes nothing, and throws if the store does not exist.
 */
export type Access = 'service' | 'write' | 'read';

/**
 * `deciding`: what a replay decides on. It may buffer commits, of which `store` knows nothing before `flush()`.
 * `flush()` returns what was evicted and not reported by a commit. Close `store` at the end.
 */
export type ReplayStore = {
  readonly store: Store;
  readonly deciding: DecidingStore;
  readonly flush: () => Promise<EvictedRows>;
  /** To be called after the last flush, before the store is asked for anything; missing where nothing is to do then. */
  readonly complete?: () => Promise<void>;
};

/** What an engine does with the store at one location. Failures are `OperatingError`s. */
export type Engine = {
  /** Throws if there is no store yet. */
  readonly requireStore: () => Promise<void>;
  readonly open: (projection: Projection, access: Access, bounds?: StoreBounds) => Promise<Store>;
  /** Every row that is not what was stored. */
  readonly damagedRows: () => AsyncIterable<DamagedRow>;
  /** The store belongs to the replay alone, where that is possible. */
  readonly openForReplay: (projection: Projection) => Promise<ReplayStore>;
};

/** A store on PostgreSQL. `instance`: the name of this instance of the service, which one process uses at a time. */
export type PostgresLocation = {
  readonly url: string;
  readonly instance: string;
  readonly deadlines?: Deadlines;
  readonly beats?: Beats;
  /** Is told, in words for people, for what a start waits. */
  readonly onWait?: (message: string) => void;
};

/** Every engine of a data directory by its name, which the contract tests use. `data`: that of the configuration. */
export const engines = { memory, sqlite } satisfies Record<string, (data: string) => Engine>;

/** Where a store is: a data directory, or a database of PostgreSQL. */
export type Location = string | PostgresLocation;

/** The location that a configuration names. `instance`: who this process is on PostgreSQL. */
export function locationOf(
  { data, store: url }: { readonly data: string; readonly store: string | null },
  instance: string,
  onWait?: (message: string) => void,
): Location {
  return url === null ? data : { url, instance, ...(onWait && { onWait }) };
}

/** Whether a place is the URL of a database, and no directory. */
export function isDatabaseUrl(place: string): boolean {
  return /^postgres(?:ql)?:/.test(place);
}

/** The location for people: a directory, or host and database. */
export function placeOf(location: Location): string {
  if (typeof location === 'string') return location;
  const read = readDatabaseUrl(location.url);
  return `PostgreSQL${'problems' in read ? '' : ` at ${databasePlace(read)}`}`;
}

/** What is wrong with a database of PostgreSQL, and what it is, in lines for people. `clock`: milliseconds. */
export async function inspectDatabase(location: PostgresLocation, clock: () => number): Promise<Inspected> {
  const { inspect } = await import('./postgres/inspect.ts');
  return inspect(location.url, clock);
}

/** Opens the store at the location of the configuration; without one, an empty store that ends with the process. */
export function openStore(data: Location | undefined, projection: Projection, access: Access): Promise<Store> {
  return engineFor(data).open(projection, access);
}

/** Throws an `OperatingError` if there is no store at the location of the configuration yet. */
export function requireStore(data: Location): Promise<void> {
  return engineFor(data).requireStore();
}

/** Reads every row of the store in a data directory, and yields those that are not what was stored. Changes nothing. */
export function damagedRowsIn(data: string): AsyncIterable<DamagedRow> {
  return engineFor(data).damagedRows();
}

/** Opens the store that a replay writes to: without a data directory in memory, where it ends with the process. */
export function openReplayStore(data: string | undefined, projection: Projection): Promise<ReplayStore> {
  return engineFor(data).openForReplay(projection);
}

/** Backs up the store in the data directory of the configuration, in this process: it waits for the disk. */
export async function backupStore(data: string, order: BackupOrder): Promise<BackupDone> {
  const { backupDatabase } = await import('./sqlite/backup.ts');
  return backupDatabase(data, order);
}

/** Puts a backup into the data directory of the configuration, which no service uses. */
export async function restoreStore(from: string, order: RestoreOrder): Promise<Restored> {
  const { restoreDatabase } = await import('./sqlite/restore.ts');
  return restoreDatabase(from, order);
}

/** `instance`: whose the moved rows are in PostgreSQL. */
type Move = {
  readonly projection: Projection;
  readonly instance: string;
  readonly onTable: (name: string, rows: number) => void;
};

/** Moves all between a data directory and a database of PostgreSQL, which no service uses; each is given as its place. */
export async function moveStore(from: string, to: string, { projection, instance, onTable }: Move): Promise<Moved> {
  const [{ move }, { PostgresSide }, { SqliteSide }] = await Promise.all([
    import('./moving/move.ts'),
    import('./moving/postgres-side.ts'),
    import('./moving/sqlite-side.ts'),
  ]);
  const open = async (place: string, isTarget: boolean) =>
    isDatabaseUrl(place)
      ? PostgresSide.open(place, projection, instance, isTarget)
      : SqliteSide.open(place, projection, isTarget);
  const source = await open(from, false);
  try {
    const target = await open(to, true);
    try {
      return await move(source, target, onTable);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** The engine that is used for this location. */
function engineFor(location: Location | undefined): Engine {
  if (location === undefined) return engines.memory();
  return typeof location === 'string' ? engines.sqlite(location) : postgresEngine(location);
}

function memory(): Engine {
  return {
    requireStore: async () => {},
    damagedRows: async function* () {},
    open: async (projection, _, bounds) => {
      const { MemoryStore } = await import('./memory/store.ts');
      return new MemoryStore(projection, undefined, bounds);
    },
    openForReplay: async (projection) => {
      const { MemoryStore } = await import('./memory/store.ts');
      // Nobody can query the evidence of this store: the store ends with the replay.
      return unbuffered(new MemoryStore(projection, undefined, { history: false }));
    },
  };
}

function sqlite(directory: string): Engine {
  return {
    requireStore: async () => {
      const { requireDatabase } = await import('./sqlite/open.ts');
      requireDatabase(directory);
    },
    damagedRows: async function* () {
      const [{ openDatabase }, { damagedRows }] = await Promise.all([
        import('./sqlite/open.ts'),
        import('./sqlite/check-rows.ts'),
      ]);
      const database = openDatabase(directory, { readonly: true });
      try {
        yield* damagedRows(database);
      } finally {
        database.close();
      }
    },
    open: async (projection, access, bounds) => {
      const [{ makeDirectory, openDatabase }, { SqliteStore }, { ServiceLock }, { requireMoved }] = await Promise.all([
        import('./sqlite/open.ts'),
        import('./sqlite/store.ts'),
        import('./sqlite/service-lock.ts'),
        import('./sqlite/moving-mark.ts'),
      ]);
      if (access !== 'service') {
        const database = openDatabase(directory, { readonly: access === 'read' });
        if (access === 'write') requireMoved(database);
        return new SqliteStore(database, projection, undefined, bounds);
      }
      makeDirectory(directory);
      const lock = new ServiceLock(directory);
      try {
        const database = openDatabase(directory);
        requireMoved(database);
        const store = new SqliteStore(database, projection, undefined, bounds, lock);
        store.markFile();
        return store;
      } catch (error) {
        lock.release();
        throw error;
      }
    },
    openForReplay: async (projection) => {
      const [{ lockAlone, openDatabase }, { requireMoved }, { SqliteStore }, { WriteBuffer }, deferred] =
        await Promise.all([
          import('./sqlite/open.ts'),
          import('./sqlite/moving-mark.ts'),
          import('./sqlite/store.ts'),
          import('./write-buffer.ts'),
          import('./sqlite/deferred-indexes.ts'),
        ]);
      const { buildDeferredIndexes, deferIndexes } = deferred;
      const database = openDatabase(directory);
      requireMoved(database);
      const store = new SqliteStore(database, projection);
      // A buffer needs exclusive access: buffered batches cannot be decided again.
      if (!lockAlone(database)) return unbuffered(store);
      const deciding = new WriteBuffer(store);
      deferIndexes(database);
      const complete = async () => buildDeferredIndexes(database);
      return { store, deciding, flush: () => deciding.flush(), complete };
    },
  };
}

/** The engine of a database of PostgreSQL, which several instances share. */
export function postgresEngine({ url, instance, deadlines, beats, onWait }: PostgresLocation): Engine {
  const open: Engine['open'] = async (projection, access, bounds) => {
    const { openPostgres } = await import('./postgres/open.ts');
    // Two commands at once are two instances.
    const who = access === 'write' ? 'command' : access;
    return openPostgres(url, projection, { instance, bounds, access: who, deadlines, beats, onWait });
  };
  return {
    requireStore: async () => {
      const { requirePostgres } = await import('./postgres/open.ts');
      await requirePostgres(url);
    },
    // PostgreSQL looks after its pages itself.
    damagedRows: async function* () {},
    open,
    // Others write to it meanwhile, so that nothing can be buffered.
    openForReplay: async (projection) => unbuffered(await open(projection, 'write')),
  };
}

function unbuffered(store: Store): ReplayStore {
  return { store, deciding: store, flush: async () => ({ evicted: 0, forgotten: 0 }) };
}
