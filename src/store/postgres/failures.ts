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

/** What the operating system says of a connection: such an error of Node.js has the system call, or a code as ECONNRESET or EAI_AGAIN. */
function isOfSystem(error: NodeJS.ErrnoException): boolean {
  return error.syscall !== undefined || /^E(AI_)?[A-Z0-9]+$/.test(error.code ?? '');
}

export function isMeeting(error: unknown): boolean {
  return MEETS.has((error as { code?: string }).code ?? '') || isOfFormerTables(error);
}

/** A prepared statement whose table was changed meanwhile: another connection prepares it anew. */
export function isOfFormerTables(error: unknown): boolean {
  const { code, routine } = error as { code?: string; routine?: string };
  return code === '0A000' && routine === 'RevalidateCachedQuery';
}

/** Any other error is a programmer's error and is returned as it is. `where`: host and database, without a password. */
export function toOperatingError(error: unknown, where: string): unknown {
  if (error instanceof OperatingError || !(error instanceof Error)) return error;
  const { code = '' } = error as { code?: string };
  const failed = (what: string) =>
    new OperatingError('QVW_DATABASE_FAILED', `PostgreSQL at ${where} ${what}`, { cause: error });
  if (error instanceof pg.DatabaseError) return ofServer(error, where, failed);
  if (isOfSystem(error)) return failed(`cannot be reached (${error.message}): check that it runs, host and port`);
  if (/^SASL/.test(error.message)) return failed(refused(error.message));
  if (/certificate|self.signed|SSL|TLS/i.test(`${code} ${error.message}`))
    return failed(`has no certificate that is trusted (${error.message}): check sslmode and sslrootcert`);
  if (CLOSED.test(code) || BROKEN.test(error.message))
    return failed(`does not answer (${error.message}): the next try follows`);
  return error;
}

const refused = (message: string) => `refuses the role (${message}): check PGPASSFILE and pg_hba.conf`;

/** In the words of a server that speaks English, the right that is missing; in others, those on tables. */
function rightFor(message: string): string {
  if (/must be owner of/.test(message))
    return 'ALTER TABLE ... OWNER TO it, for all tables, or start as the role that owns them';
  if (/for schema/.test(message)) return 'GRANT CREATE, USAGE ON SCHEMA public';
  return 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public';
}

function ofServer(error: pg.DatabaseError, where: string, failed: (what: string) => OperatingError): unknown {
  const { code = '', message } = error;
  if (code === '42501') return failed(`refuses (${message}): give the role the right, e.g. ${rightFor(message)}`);
  if (code === '28P01' || code === '28000') return failed(refused(message));
  if (code === '3D000') return failed(`has no such database (${message}): create it with CREATE DATABASE`);
  if (code === '25006') return failed(`is read-only (${message}): name the primary first in \`store\``);
  // A prepared statement that is not there, or that another client has made: the connection is not always the same session.
  if (code === '26000' || code === '42P05')
    return failed(
      `breaks sessions (${message}): a pooler before it has to be in session mode, or name the server itself`,
    );
  if (/^XX00[12]$/.test(code)) return failed(`has damaged data (${message}): see its log, and restore a backup`);
  if (PASSES.test(code) || isOfFormerTables(error)) return failed(`has failed (${message}): the next try follows`);
  // A missing table, or one with other columns.
  if (code === '42P01' || code === '42703')
    return new OperatingError(
      'QVW_DATABASE_FOREIGN',
      `PostgreSQL at ${where} has other tables than this version (${message}): name a database of quovadis-watch`,
      { cause: error },
    );
  return error;
}
