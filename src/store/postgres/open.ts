import type pg from 'pg';
import type { StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { migrate, requireBroughtOver } from './migrate.ts';
import { requireSessions } from './pooler.ts';
import { type Deadlines, poolsOf, withClient } from './pools.ts';
import type { Beats } from './presence.ts';
import { type Migration, migrations } from './schema.ts';
import { PostgresStore } from './store.ts';
import { type Target, targetOf } from './target.ts';

/**
 * `service`: the instance name is this process's until `close()`. `command`: the process has a name of its own beside the services.
 * `read`: nothing may be written, and no table is made.
 */
type Options = {
  readonly instance: string;
  readonly access?: 'service' | 'command' | 'write' | 'read';
  readonly bounds?: StoreBounds | undefined;
  /** Of what decides. */
  readonly deadlines?: Deadlines | undefined;
  /** Is told, in words for people, for what the start waits. */
  readonly onWait?: ((message: string) => void) | undefined;
  /** How often the instance is heard of. */
  readonly beats?: Beats | undefined;
  /** The schema of another version, for tests of upgrades. */
  readonly steps?: readonly Migration[];
};

/** Opens the store in the database of a URL, and brings the database to this version first. */
export async function openPostgres(
  url: string,
  projection: Projection,
  { instance, access = 'write', bounds = {}, deadlines, beats, onWait, steps = migrations }: Options,
): Promise<PostgresStore> {
  const readOnly = access === 'read';
  const named = targetOf(url);
  const { where } = named;
  const bringOver = async (client: pg.Client) => {
    if (access === 'service') await requireSessions(client, named);
    await migrate(client, { where, instance, steps });
  };
  // The first host may be down, or a standby.
  const target = readOnly ? await requirePostgres(url) : await withClient(named, bringOver);
  const store = new PostgresStore(poolsOf(target, { readOnly, ...(deadlines && { deadlines }) }), projection, {
    instance,
    where,
    bounds,
    beats,
    schema: steps.length,
    isCommand: access === 'command',
  });
  if (access === 'write' || access === 'read') return store;
  try {
    await store.serve(onWait);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Throws if the database has no tables of this version yet. Returns its target from the host on that has answered. */
export async function requirePostgres(url: string): Promise<Target> {
  const target = targetOf(url);
  return withClient(target, (client) => requireBroughtOver(client, target.where), { writes: false });
}
