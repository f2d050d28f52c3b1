/** Finds out a pooler that is not in session mode: what one connection has prepared or set is then another one's. */
import type pg from 'pg';
import { OperatingError } from '../../errors.ts';
import { connectTo } from './pools.ts';
import type { Target } from './target.ts';

/** A pooler with one session only cannot answer while another client has it. */
const ANSWER_MS = 3000;

/**
 * Whether the session of a connection is given to another one while both are open. `client`: an open connection that has no
 * transaction.
 */
export async function breaksSessions(client: pg.Client, target: Target): Promise<boolean> {
  const before = await sessionOf(client);
  const second = await connectTo(target);
  try {
    // Within a transaction each pooler keeps the session, mostly the one that was used last.
    await second.query('BEGIN');
    if ((await sessionOf(second)) === before) return true;
    const after = await Promise.race([sessionOf(client), silence()]);
    return after !== before;
  } finally {
    await second.end();
  }
}

/** What to do about it. */
export function broken(where: string): string {
  return `a pooler at ${where} gives one session to several connections: set pool_mode = session in PgBouncer, or name the server itself`;
}

/** Throws where a pooler breaks sessions, before anything is made that could not be used. */
export async function requireSessions(client: pg.Client, target: Target): Promise<void> {
  if (await breaksSessions(client, target)) throw new OperatingError('QVW_DATABASE_FAILED', broken(target.where));
}

/** The process of the server that answers. */
async function sessionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

function silence(): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ANSWER_MS).unref();
  });
}
