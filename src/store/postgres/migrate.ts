/** Brings a database to the schema of this version. */
import type pg from 'pg';
import { OperatingError } from '../../errors.ts';
import { migrations } from './schema.ts';

/** What `meta` says is the program that the database is of. */
const PROGRAM = 'quovadis-watch';

const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_MS = 2000;
/** A minute in all. */
const MOST_TRIES = 30;

/** Every table of the schema, to know one that is missing. */
const META = `CREATE TABLE IF NOT EXISTS meta (
  id integer PRIMARY KEY CHECK (id = 1), program text NOT NULL, schema integer NOT NULL, advisory text)`;

/** The version of the schema in a database: 0 for one that is empty. Throws for one of another program, or a newer one. */
export async function schemaOf(client: pg.ClientBase, where: string): Promise<number> {
  const { rows: tables } = await client.query<{ name: string }>(
    "SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')",
  );
  if (tables.length === 0) return 0;
  if (!tables.some(({ name }) => name === 'meta')) throw foreign(where, tables[0]?.name ?? '');
  const { rows } = await client.query<{ program: string; schema: number }>('SELECT program, schema FROM meta');
  const [meta] = rows;
  if (meta === undefined || meta.program !== PROGRAM) throw foreign(where, 'meta');
  if (meta.schema > migrations.length)
    throw new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `PostgreSQL at ${where} is of a newer version of quovadis-watch (schema ${meta.schema}): use that version`,
    );
  return meta.schema;
}

/** Throws if the database has no tables of this version yet. */
export async function requireBroughtOver(client: pg.ClientBase, where: string): Promise<void> {
  if ((await schemaOf(client, where)) < migrations.length)
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      `PostgreSQL at ${where} has no tables of this version yet: start the service once, which makes them`,
    );
}

/**
 * Several instances may start at once: one brings the database over, the others wait for it. Who waits for a lock holds up all that come
 * later for the same table, so each try waits for a moment only.
 */
export async function migrate(client: pg.ClientBase, where: string): Promise<void> {
  for (let tries = 1; (await schemaOf(client, where)) < migrations.length; tries++) {
    try {
      await bringOver(client);
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries >= MOST_TRIES) throw error;
    }
  }
}

async function bringOver(client: pg.ClientBase): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    // Two statements that make one table at once are not safe, also with IF NOT EXISTS.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('${PROGRAM} schema'))`);
    await client.query(META);
    await client.query(`INSERT INTO meta (id, program, schema) VALUES (1, '${PROGRAM}', 0) ON CONFLICT DO NOTHING`);
    const { rows } = await client.query<{ schema: number }>('SELECT schema FROM meta FOR UPDATE');
    for (const sql of migrations.slice(rows[0]?.schema ?? 0)) await client.query(sql);
    await client.query('UPDATE meta SET schema = greatest(schema, $1)', [migrations.length]);
    await client.query('COMMIT');
  } catch (error) {
    // What failed says why; a connection that is gone rolls back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

function foreign(where: string, table: string): OperatingError {
  return new OperatingError(
    'QVW_DATABASE_FOREIGN',
    `PostgreSQL at ${where} has a table "${table}" of another program: name an empty database, or another schema by search_path`,
  );
}
