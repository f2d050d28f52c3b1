/** What a server and a database have to be, the same for `check` and for a start. */
import type pg from 'pg';
import { type ErrorCode, OperatingError, operatingErrors } from '../../errors.ts';

const OLDEST = 140_000;
const ENCODING = 'UTF8';

/** `schema`: where tables are made; empty where none of the search path is there. */
export type Server = {
  readonly version: string;
  readonly number: number;
  readonly database: string;
  readonly encoding: string;
  readonly role: string;
  readonly schema: string;
  readonly readOnly: string;
};

/** Something that is wrong with a database: one line that says what to do. */
export type Found = { readonly code: ErrorCode; readonly problem: string };

type Requirement = {
  readonly isMet: (server: Server) => boolean;
  /** `QVW_DATABASE_FOREIGN`: another database has to be named; `QVW_DATABASE_FAILED`: this one can be put right. */
  readonly code: ErrorCode;
  readonly problem: (server: Server, where: string) => string;
  /** Of those who write only. */
  readonly ofWriters?: true;
};

const REQUIREMENTS: readonly Requirement[] = [
  {
    isMet: ({ number }) => number >= OLDEST,
    code: 'QVW_DATABASE_FOREIGN',
    problem: ({ version }, where) => `PostgreSQL ${version} at ${where} is too old: use 14 or later`,
  },
  {
    // Others refuse a line with a character that they do not have; SQL_ASCII takes bytes, and gives back other texts.
    isMet: ({ encoding }) => encoding === ENCODING,
    code: 'QVW_DATABASE_FOREIGN',
    problem: ({ encoding }, where) =>
      `PostgreSQL at ${where} has the encoding ${encoding}, in which not every line can be stored: make a database with createdb --template=template0 --encoding=${ENCODING}`,
  },
  {
    isMet: ({ readOnly }) => readOnly !== 'on',
    code: 'QVW_DATABASE_FAILED',
    problem: (_, where) => `PostgreSQL at ${where} is read-only: name the primary first in \`store\``,
    ofWriters: true,
  },
  {
    isMet: ({ schema }) => schema !== '',
    code: 'QVW_DATABASE_FAILED',
    problem: ({ role, database }, where) =>
      `PostgreSQL at ${where} has no schema of the search_path of role ${role}: ALTER ROLE ${role} IN DATABASE ${database} SET search_path = public, or create the schema`,
  },
];

export async function serverOf(client: pg.ClientBase): Promise<Server> {
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       current_database() AS database, current_setting('server_encoding') AS encoding, current_user AS role,
       coalesce(current_schema(), '') AS schema, current_setting('transaction_read_only') AS "readOnly"`,
  );
  return rows[0] as Server;
}

/** Which requirements a server does not meet. `writes`: whether something is to be stored. */
export function unmetBy(server: Server, where: string, { writes = true } = {}): Found[] {
  return REQUIREMENTS.filter(({ isMet, ofWriters }) => (writes || ofWriters !== true) && !isMet(server)).map(
    ({ code, problem }) => ({ code, problem: problem(server, where) }),
  );
}

/** Throws where the server of a connection does not meet a requirement. */
export async function requireUsable(client: pg.ClientBase, where: string, options?: { writes: boolean }) {
  const failure = failureOf(unmetBy(await serverOf(client), where, options));
  if (failure !== null) throw failure;
}

/** The error of all that was found: what does not pass decides its code. */
export function failureOf(found: readonly Found[]): OperatingError | null {
  const last = found.find(({ code }) => !operatingErrors[code].retryable) ?? found[0];
  if (last === undefined) return null;
  return OperatingError.of(
    last.code,
    found.map(({ problem }) => problem),
  );
}
