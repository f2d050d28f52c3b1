/** Brings a database to the schema of this version, while instances of the version before go on with it. */

import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { OperatingError } from '../../errors.ts';
import { type Migration, migrations } from './schema.ts';

/** What `meta` says is the program that the database is of. */
const PROGRAM = 'quovadis-watch';

const LOCK_NOT_AVAILABLE = '55P03';
/** Shorter than what a turn waits: whoever waits for a lock holds up all that come later for the same table. */
const LOCK_MS = 1000;
/** How long a start waits for another one that makes the tables, or for a transaction that holds one. */
const WAIT_MS = 60_000;
const PAUSE_MS = 100;
/** An older instance that was heard of in this time may come back. */
const OLDER_SQL_INTERVAL = '1 hour';

const META = `CREATE TABLE IF NOT EXISTS meta (
  id integer PRIMARY KEY CHECK (id = 1), program text NOT NULL, schema integer NOT NULL, advisory text)`;

/** Whose start it is, and what the schema of its version is. `where`: host and database, for people. */
export type Starting = {
  readonly where: string;
  readonly instance: string;
  readonly steps?: readonly Migration[];
};

/**
 * The version of the schema in a database: 0 for one that is empty. It may be newer than that of this program (`steps`), if the
 * newer one has taken nothing away. Throws for a database of another program, or one that this program cannot go on with.
 */
export async function schemaOf(client: pg.ClientBase, where: string, steps = migrations): Promise<number> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace
       AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
       AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND deptype = 'e')
     ORDER BY name`,
  );
  if (tables.length === 0) return 0;
  if (!tables.some(({ name }) => name === 'meta')) throw foreign(where, tables[0]?.name ?? '');
  // The columns are those of any version.
  const { rows } = await client.query<{ program: string; schema: number; oldest?: number }>('SELECT * FROM meta');
  const [meta] = rows;
  if (meta === undefined || meta.program !== PROGRAM) throw foreign(where, 'meta');
  const { schema, oldest = schema } = meta;
  if (schema > steps.length && oldest > steps.length)
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `PostgreSQL at ${where} is of a newer version of quovadis-watch (schema ${schema}, for programs of schema ${oldest} or later; this one has ${steps.length}): use that version`,
    );
  return schema;
}

/** Throws if the database has no tables of this version yet. */
export async function requireBroughtOver(client: pg.ClientBase, where: string): Promise<void> {
  if ((await schemaOf(client, where)) < migrations.length)
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      `PostgreSQL at ${where} has no tables of this version yet: start the service once, which makes them`,
    );
}

/** Throws if the database has what this version does not know: it would be lost where all rows are moved. */
export async function requireSame(client: pg.ClientBase, where: string): Promise<void> {
  await requireBroughtOver(client, where);
  if ((await schemaOf(client, where)) > migrations.length)
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `PostgreSQL at ${where} has tables of a newer version of quovadis-watch: move with that version`,
    );
}

/**
 * Several instances may start at once: one brings the database over, step by step, and the others wait for it up to a minute. A
 * step that was broken off is made by the next start.
 */
export async function migrate(client: pg.ClientBase, starting: Starting): Promise<void> {
  const { where, steps = migrations } = starting;
  let isMine = false;
  const until = performance.now() + WAIT_MS;
  for (;;) {
    let busy = 'another start is bringing it over';
    try {
      const schema = await schemaOf(client, where, steps);
      const step = steps[schema];
      if (step === undefined) {
        if (isMine) await client.query('SELECT pg_advisory_unlock_all()');
        return;
      }
      isMine ||= await isFirst(client);
      if (isMine) {
        await bringOver(client, { step, schema, ...starting });
        continue;
      }
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      busy = 'a transaction of another client holds one of its tables (see pg_stat_activity)';
    }
    if (performance.now() > until)
      throw new OperatingError(
        'QVW_DATABASE_FAILED',
        `PostgreSQL at ${where} could not be brought to this version within a minute, as ${busy}: start again once that is done`,
      );
    await delay(PAUSE_MS);
  }
}

/**
 * Whether this connection brings the database over. The others ask again: one that waited for the lock would have a
 * snapshot, for which an index that is made while others write would wait in turn.
 */
async function isFirst(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ first: boolean }>(
    `SELECT pg_try_advisory_lock(hashtext('${PROGRAM} schema')) AS first`,
  );
  return rows[0]?.first === true;
}

type Next = Starting & { readonly step: Migration; readonly schema: number };

async function bringOver(client: pg.ClientBase, { step, schema, where, instance }: Next): Promise<void> {
  await client.query('SET statement_timeout = 0');
  for (const { name, on } of step.indexes ?? []) await makeIndex(client, name, on);
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    if (schema === 0) {
      await client.query(META);
      await client.query(`INSERT INTO meta (id, program, schema) VALUES (1, '${PROGRAM}', 0) ON CONFLICT DO NOTHING`);
    }
    const { rows } = await client.query<{ schema: number }>('SELECT schema FROM meta FOR UPDATE');
    // Another start has made the step since this one looked.
    if (rows[0]?.schema === schema) {
      if (step.oldest !== undefined)
        await requireNoOlder(client, { where, instance, oldest: step.oldest, isWithNone: step.oldest > schema });
      await client.query(step.sql);
      await client.query('UPDATE meta SET schema = $1', [schema + 1]);
      if (step.oldest !== undefined) await client.query('UPDATE meta SET oldest = greatest(oldest, $1)', [step.oldest]);
    }
    await client.query('COMMIT');
  } catch (error) {
    // What failed says why; a connection that is gone rolls back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Makes an index while others write. One that was broken off is there, and of no use. */
async function makeIndex(client: pg.ClientBase, name: string, on: string): Promise<void> {
  const { rows } = await client.query<{ isWhole: boolean }>(
    'SELECT indisvalid AS "isWhole" FROM pg_index WHERE indexrelid = to_regclass($1)',
    [name],
  );
  if (rows[0]?.isWhole === true) return;
  if (rows.length > 0) await client.query(`DROP INDEX CONCURRENTLY ${name}`);
  await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
}

/** `isWithNone`: not even the version before this one goes on beside it. */
type Oldest = Starting & { readonly oldest: number; readonly isWithNone: boolean };

async function requireNoOlder(client: pg.ClientBase, { oldest, isWithNone, where, instance }: Oldest): Promise<void> {
  const { rows } = await client.query<{ instance: string }>(
    `SELECT instance FROM peer_instance WHERE instance <> $1 AND coalesce(schema, 0) < $2
     AND heard_at > clock_timestamp() - interval '${OLDER_SQL_INTERVAL}' ORDER BY instance LIMIT 1`,
    [instance, oldest],
  );
  const [older] = rows;
  if (older !== undefined)
    throw new OperatingError(
      'QVW_REFUSED',
      `instance "${older.instance}" on PostgreSQL at ${where} is, or was within the last hour, of a version that cannot go on beside this one: ${isWithNone ? 'stop all instances, then start this version' : 'upgrade it to the version before this one first'}`,
    );
}

function foreign(where: string, table: string): OperatingError {
  return new OperatingError(
    'QVW_DATABASE_FOREIGN',
    `PostgreSQL at ${where} has a table, view or type "${table}" of another program: name an empty database, or another schema by search_path`,
  );
}
