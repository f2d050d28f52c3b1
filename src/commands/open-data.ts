import { advisoryOf } from '../config/advisory-file.ts';
import { loadConfig } from '../config/load.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import type { Route } from '../core/announce/notice.ts';
import { OperatingError } from '../errors.ts';
import { routesOf } from '../notify/sinks.ts';
import { bringOver, judgingAnew, requireJudged, requireSameAdvisory } from '../operate/bring-over.ts';
import { Operations } from '../operate/operations.ts';
import { printable } from '../printable.ts';
import { clockOf } from '../server-clock.ts';
import { type Location, locationOf, openStore, placeOf, requireStore } from '../store/open-store.ts';
import type { Store } from '../store/ports/store.ts';
import { projectionOf } from '../store/projection.ts';
import { warn } from './output.ts';

export type Opened = {
  readonly store: Store;
  readonly advisory: Advisory;
  readonly operations: Operations;
  /** The names of the configured sinks that get notices. */
  readonly sinks: readonly string[];
  /** The clock that decides, in milliseconds. */
  readonly now: () => number;
};

/**
 * Opens the database of a configuration for a command that writes to it, and closes the database afterwards. A service
 * may use the database at the same time: each commit decides on the states as they are stored. `absent`: what is done
 * if data directory and database do not exist: create them, take an empty store that is kept nowhere, or `QVW_FILE_UNREADABLE`. `unjudged`: devices of an older version are brought over first, or they are
 * `QVW_DATABASE_FOREIGN`, or left as they are.
 */
export async function operating<T>(
  options: { config?: string; data?: string },
  run: (opened: Opened) => Promise<T>,
  {
    absent = 'refuse',
    unjudged = 'bring-over',
  }: { absent?: 'create' | 'empty' | 'refuse'; unjudged?: 'bring-over' | 'refuse' | 'leave' } = {},
): Promise<T> {
  const flags: Record<string, string> = options.data === undefined ? {} : { data: options.data };
  const config = loadConfig({ file: options.config, environment: process.env, flags });
  // A command is an instance of its own beside the service.
  const location = options.data ?? locationOf(config, 'command');
  const place = placeOf(location);
  if (absent === 'refuse') await requireStore(location);
  const advisory = await advisoryOf(config);
  const routes = routesOf(config.sinks, advisory);
  const isEmpty = absent === 'empty' && !(await hasStore(location));
  if (isEmpty) warn(`${printable(`there is no database in ${place}: compared with an empty one`)}\n`);
  const store = await openStore(isEmpty ? undefined : location, projectionOf(advisory), 'write');
  try {
    const now = await clockOf(store);
    if (unjudged === 'bring-over') await broughtOver(store, advisory, routes, place, now);
    else if (unjudged === 'refuse') await requireJudged(store, advisory, place);
    return await run({
      store,
      advisory,
      sinks: routes.map(({ sink }) => sink),
      // A running service polls the outbox, so nobody has to be woken here.
      operations: new Operations({ store, advisory, routes, now, onCommit: () => {} }),
      now,
    });
  } finally {
    await store.close();
  }
}

async function hasStore(location: Location): Promise<boolean> {
  try {
    await requireStore(location);
    return true;
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'QVW_FILE_UNREADABLE') return false;
    throw error;
  }
}

/** Brings stored devices over that an older version of the advisory has judged; another advisory is refused. */
export async function broughtOver(
  store: Store,
  advisory: Advisory,
  routes: readonly Route[],
  data: string,
  now: () => number,
): Promise<void> {
  await requireSameAdvisory(store, advisory, data);
  const judgeAnew = judgingAnew({ store, advisory, routes, now });
  await bringOver(store, () => ({ advisory, judgeAnew }), {
    onSetAside: ({ key, why }) => warn(`${printable(`${key} cannot be judged: it is set aside (${why})`)}\n`),
  });
}

/** A copy of a database of PostgreSQL is made by its own programs. `data`: of the command line. */
export function requireDirectory({ store }: { readonly store: string | null }, data: string | undefined): void {
  if (store === null || data !== undefined) return;
  throw new OperatingError(
    'QVW_REFUSED',
    'the configuration has `store`: back up and restore PostgreSQL with pg_dump and pg_restore, or give --data',
  );
}
