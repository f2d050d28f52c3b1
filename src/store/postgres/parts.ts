/** What a store on PostgreSQL is made of. */
import { randomUUID } from 'node:crypto';
import type { StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { PostgresDamage } from './damage.ts';
import { PostgresOutbox } from './outbox.ts';
import type { Pools } from './pools.ts';
import { type Beats, Presence } from './presence.ts';
import type { Session } from './session.ts';
import { tablesOf } from './tables.ts';
import { Turns } from './turns.ts';

/** `instance`: stable, and used by one process at a time. `where`: host and database, for people. */
export type StoreOptions = {
  readonly instance: string;
  readonly where: string;
  readonly newId?: () => string;
  readonly bounds?: StoreBounds;
  readonly beats?: Beats | undefined;
  /** The version of the schema that this program is of. */
  readonly schema?: number;
  /** A command, which has a name of its own beside the others with the name of the instance; its rows are of the instance. */
  readonly isCommand?: boolean;
};

export function partsOf(
  pools: Pools,
  projection: Projection,
  { instance, where, newId, bounds = {}, beats, schema, isCommand = false }: StoreOptions,
) {
  const holdName = (session: Session) => presence.holdName(session);
  const name = isCommand ? `${instance} ${randomUUID()}` : instance;
  const turns = new Turns(pools, { instance: name, where, holdName });
  const read = turns.reading();
  const presence: Presence = new Presence({
    session: read,
    work: turns.name,
    instance: name,
    isCommand,
    beats,
    schema,
  });
  const damage = new PostgresDamage();
  const outbox = new PostgresOutbox(instance, turns.deliver, damage, newId);
  const tables = tablesOf(projection, { instance, damage, outbox, bounds });
  return { turns, read, presence, outbox, tables };
}
