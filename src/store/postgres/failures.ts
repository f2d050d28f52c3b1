/** Failures of PostgreSQL as operating errors. */
import pg from 'pg';
import { OperatingError } from '../../errors.ts';

/**
 * Classes and codes of SQLSTATE that pass: the connection or the server broke off (08, 57P01 to 57P05), a resource is short
 * (53), the system of the server fails (58), transactions met (40001, 40P01), a wait was too long (55P03, 57014, 25P03, 25P04), or the
 * primary became a standby (25006).
 * PostgreSQL's documentation, appendix A.
 */
const PASSES = /^(08...|53...|58...|57P0[12345]|40001|40P01|55P03|57014|25006|25P02|25P03|25P04)$/;
/** Two transactions that met: the same one again succeeds at once. */
const MEETS = new Set(['40001', '40P01', '55P03']);
/** What a stream says that was closed meanwhile. */
const CLOSED = /^(ERR_STREAM_\w+|ERR_SOCKET_CLOSED)$/;
/** What `pg` says of a connection that broke off, and of an answer that did not come. */
const BROKEN =
  /Connection terminated|not queryable|timeout (expired|exceeded)|read timeout|connection is closed|write after end/i;

/** A missing table, or one with other columns. */
const TABLES = /^(42P01|42703)$/;

/** What the pool says where none of its connections became free, and none could be made. */
const NO_CONNECTION = /timeout exceeded when trying to connect/;

/** What the operating system says of a connection: such an error of Node.js has the system call, or a code as ECONNRESET or EAI_AGAIN. */
function isOfSystem(error: NodeJS.ErrnoException): boolean {
  return error.syscall !== undefined || /^E(AI_)?[A-Z0-9]+$/.test(error.code ?? '');
}

/** A transaction that waited longer for another one than any of this program holds a row. */
const WAITED = '55P03';

/** Whether somebody else may hold a row for long: that is told, and not tried again and again. */
export function isHeldUp(error: unknown): boolean {
  return (error as { code?: string }).code === WAITED;
}

export function isMeeting(error: unknown): boolean {
  return MEETS.has((error as { code?: string }).code ?? '') || isOfFormerTables(error);
}

/** A prepared statement whose table was changed meanwhile: another connection prepares it anew. */
export function isOfFormerTables(error: unknown): boolean {
  const { code, routine } = error as { code?: string; routine?: string };
  return code === '0A000' && routine === 'RevalidateCachedQuery';
}

/** `what`: what is wrong, behind the name of the server, with what to do. `reason`: in a few words, without names. */
type Failure = { readonly codes: RegExp; readonly what: (message: string) => string; readonly reason: string };

const SESSIONS = 'a pooler before it has to be in session mode, or name the server itself';

const FAILED: Failure = {
  codes: PASSES,
  what: (message) => `has failed (${message}): the next try follows`,
  reason: 'PostgreSQL has failed',
};

/** By the SQLSTATE; the first row that fits. */
const FAILURES: readonly Failure[] = [
  {
    codes: /^42501$/,
    what: (message) => `refuses (${message}): give the role the right that check names, e.g. ${rightFor(message)}`,
    reason: 'PostgreSQL refuses a right',
  },
  {
    codes: /^(28P01|28000)$/,
    what: (message) => `refuses the role (${message}): check PGPASSFILE and pg_hba.conf`,
    reason: 'PostgreSQL refuses the role',
  },
  {
    codes: /^3D000$/,
    what: (message) => `has no such database (${message}): create it with CREATE DATABASE`,
    reason: 'PostgreSQL has no such database',
  },
  {
    codes: /^3F000$/,
    what: (message) => `has no schema for the role (${message}): set its search_path, or create the schema`,
    reason: 'PostgreSQL has no schema for the role',
  },
  {
    codes: /^55P03$/,
    what: (message) =>
      `waits for a transaction of another client (${message}): end that one, which pg_stat_activity shows; the next try follows`,
    reason: 'a transaction of another client holds a row or a table of PostgreSQL',
  },
  {
    codes: /^25006$/,
    what: (message) => `is read-only (${message}): name the primary first in \`store\``,
    reason: 'PostgreSQL is read-only',
  },
  {
    // A prepared statement that is not there, or that another client has made: the connection is not always the same session.
    codes: /^(26000|42P05)$/,
    what: (message) => `breaks sessions (${message}): ${SESSIONS}`,
    reason: 'a pooler breaks the sessions of PostgreSQL',
  },
  {
    codes: /^XX00[12]$/,
    what: (message) => `has damaged data (${message}): see its log, and restore a backup`,
    reason: 'the data of PostgreSQL is damaged',
  },
  {
    codes: /^53100$/,
    what: (message) => `has a full disk (${message}): give it space; the next try follows`,
    reason: 'the disk of PostgreSQL is full',
  },
  {
    codes: /^53300$/,
    what: (message) =>
      `has no free connection (${message}): raise max_connections, or the CONNECTION LIMIT of the role or the database if that is named: 7 for each instance`,
    reason: 'PostgreSQL has no free connection',
  },
  {
    codes: /^5500[06]$/,
    what: (message) =>
      `does not take this now (${message}): see ALLOW_CONNECTIONS of the database; the next try follows`,
    reason: 'the database takes no connections',
  },
  {
    codes: /^57P0[1235]$/,
    what: (message) => `stops or starts (${message}): the next try follows`,
    reason: 'PostgreSQL stops or starts',
  },
  FAILED,
];

/**
 * Any other error than those of the server and of connections is a programmer's error and is returned as it is. `where`: host and
 * database, without a password.
 */
export function toOperatingError(error: unknown, where: string): unknown {
  if (error instanceof OperatingError || !(error instanceof Error)) return error;
  const { code = '' } = error as { code?: string };
  const { message } = error;
  const failed = (what: string, reason: string) =>
    new OperatingError('QVW_DATABASE_FAILED', `PostgreSQL at ${where} ${what}`, { cause: error, reason });
  if (error instanceof pg.DatabaseError) {
    if (/statement pooling/.test(message))
      return failed(`breaks sessions (${message}): ${SESSIONS}`, 'a pooler breaks the sessions of PostgreSQL');
    const found = isOfFormerTables(error) ? FAILED : FAILURES.find(({ codes }) => codes.test(code));
    if (found !== undefined) return failed(found.what(message), found.reason);
    if (TABLES.test(code)) return ofTables(error, where);
    return failed(
      `refuses a statement (${message}, SQLSTATE ${code}): see its log, and report this; the next try follows`,
      'PostgreSQL refuses a statement',
    );
  }
  if (isOfSystem(error))
    return failed(`cannot be reached (${message}): check that it runs, host and port`, 'PostgreSQL cannot be reached');
  if (/^SASL/.test(message))
    return failed(`refuses the role (${message}): check PGPASSFILE and pg_hba.conf`, 'PostgreSQL refuses the role');
  if (/certificate|self.signed|SSL|TLS/i.test(`${code} ${message}`))
    return failed(
      `has no certificate that is trusted (${message}): check sslmode and sslrootcert`,
      'PostgreSQL has no certificate that is trusted',
    );
  if (NO_CONNECTION.test(message))
    return failed(
      `gave no connection (${message}): all of this instance are in use, or it does not answer; the next try follows`,
      'no connection to PostgreSQL is free',
    );
  if (CLOSED.test(code) || BROKEN.test(message))
    return failed(`does not answer (${message}): the next try follows`, 'PostgreSQL does not answer');
  return error;
}

/** In the words of a server that speaks English, the right that is missing; in others, those on tables. */
function rightFor(message: string): string {
  if (/must be owner of/.test(message))
    return 'ALTER TABLE ... OWNER TO it, for all tables, or start as the role that owns them';
  if (/for schema/.test(message)) return 'GRANT CREATE, USAGE ON SCHEMA public';
  return 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public';
}

function ofTables(error: pg.DatabaseError, where: string): Error {
  return new OperatingError(
    'QVW_DATABASE_FOREIGN',
    `PostgreSQL at ${where} has other tables than this version (${error.message}): name a database of quovadis-watch`,
    { cause: error },
  );
}
