/** Statements to PostgreSQL, alone or in a transaction. */
import pg from 'pg';
import { isOfFormerTables } from './failures.ts';

/** Where statements go: to any connection of a pool, or to the one of a transaction. */
export type Session = {
  readonly rows: <T extends object>(sql: string, ...values: readonly unknown[]) => Promise<T[]>;
  /** Returns how many rows were touched. */
  readonly run: (sql: string, ...values: readonly unknown[]) => Promise<number>;
};

/** A batch cannot be stored as what it knew has changed meanwhile: it is decided again. */
export class Conflict extends Error {}

const INT8 = 20;
const ABORTED = '25P02';
const GATHERED_BYTES = 65_536;

/** Counts and ids are `bigint`, and far below 2^53. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Names of prepared statements, by their text: each connection prepares a statement once. */
const names = new Map<string, string>();

function nameOf(sql: string): string {
  const name = names.get(sql) ?? `qvw_${names.size}`;
  names.set(sql, name);
  return name;
}

export function sessionOf(client: Pick<pg.ClientBase, 'query'> | pg.Pool): Session {
  const query = <T extends object>(sql: string, values: readonly unknown[]) =>
    (client as pg.ClientBase).query<T>({ name: nameOf(sql), text: sql, values: [...values] });
  return {
    rows: async <T extends object>(sql: string, ...values: readonly unknown[]) => (await query<T>(sql, values)).rows,
    run: async (sql, ...values) => (await query(sql, values)).rowCount ?? 0,
  };
}

/**
 * Runs `work` in one transaction: all of it, or nothing. The statements of `work` that do not wait for each other are sent at
 * once. `unanswered`: called with the result, before anything else goes on in the pool, where the answer to the COMMIT was lost.
 */
export async function transaction<T>(
  pool: pg.Pool,
  work: (session: Session) => Promise<T>,
  unanswered: (result: T) => void = () => {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let isOver = false;
  let first: unknown;
  // A connection that breaks tells its statements, and this.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  let result: T;
  try {
    const session = untilOver(
      sessionOf(together(client)),
      () => isOver,
      (error) => {
        first ??= error;
      },
    );
    try {
      [, result] = await Promise.all([session.run('BEGIN'), work(session)]);
    } catch (error) {
      isOver = true;
      // Of the statements behind the one that failed, PostgreSQL says no more than that.
      const cause = (error as { code?: string }).code === ABORTED ? first : error;
      if (isOfFormerTables(cause)) broken = cause as Error;
      if (broken === undefined)
        await client.query('ROLLBACK').catch((failed: Error) => {
          broken = failed;
        });
      throw cause;
    }
    try {
      await session.run('COMMIT');
    } catch (error) {
      broken ??= error as Error;
      unanswered(result);
      throw error;
    }
    return result;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * Statements of one moment are one message, as each message wakes the server. Before much has gathered it is sent, so that the server
 * has something to do meanwhile.
 */
function together(client: pg.PoolClient): Pick<pg.ClientBase, 'query'> {
  const { stream } = client.connection;
  let isGathering = false;
  const query = (statement: pg.QueryConfig) => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(() => {
        isGathering = false;
        stream.uncork();
      });
    }
    const answer = client.query(statement);
    if (stream.writableLength >= GATHERED_BYTES) {
      stream.uncork();
      stream.cork();
    }
    return answer;
  };
  return { query: query as pg.ClientBase['query'] };
}

/** What goes on beside a statement that failed must not send others behind the ROLLBACK: they would be stored alone. */
function untilOver({ rows, run }: Session, isOver: () => boolean, failed: (error: unknown) => void): Session {
  const refuse = () => Promise.reject(new Error('the transaction is over'));
  return {
    rows: (sql, ...values) => (isOver() ? refuse() : noted(rows(sql, ...values), failed)),
    run: (sql, ...values) => (isOver() ? refuse() : noted(run(sql, ...values), failed)),
  };
}

function noted<T>(answer: Promise<T>, failed: (error: unknown) => void): Promise<T> {
  answer.catch(failed);
  return answer;
}

/** The columns of rows as arrays, for `unnest`. */
export function columns<T extends object>(rows: readonly T[], ...of: readonly (keyof T)[]): unknown[][] {
  return of.map((name) => rows.map((row) => row[name]));
}
