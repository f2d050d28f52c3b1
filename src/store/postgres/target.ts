/** Where the database is, out of its URL. */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { type DatabaseHost, type DatabaseUrl, databasePlace, readDatabaseUrl } from '../../database-url.ts';
import { OperatingError, unreadable } from '../../errors.ts';

/** `connections`: one for each host, in the order of `store`. `where`: host, or all hosts, and database, for people. */
export type Target = { readonly connections: readonly Connection[]; readonly where: string };

/** `options`: those that the URL has. The files of certificates are read at each call, so that new ones are used without a start. */
export type Connection = { readonly options: () => pg.ClientConfig; readonly where: string };

/** Reads `postgres://ROLE@HOST:PORT,HOST:PORT/DATABASE?sslmode=…`. `QVW_CONFIG_INVALID` where it is none. */
export function targetOf(url: string): Target {
  const read = readDatabaseUrl(url);
  if ('problems' in read)
    throw OperatingError.of(
      'QVW_CONFIG_INVALID',
      read.problems.map((problem) => `the URL of PostgreSQL ${problem}`),
    );
  const { hosts, database } = read;
  return {
    connections: hosts.map((host) => ({
      options: () => optionsOf(read, host),
      where: databasePlace({ hosts: [host], database }),
    })),
    where: databasePlace(read),
  };
}

/** What is not said here, `pg` takes from the variables of libpq. */
function optionsOf({ role, database, parameters }: DatabaseUrl, { name, port }: DatabaseHost): pg.ClientConfig {
  const { options, application_name: application } = parameters;
  const ssl = tlsOf(parameters, name);
  return {
    ...{ host: name, database },
    ...(port === null ? {} : { port }),
    ...(role === null ? {} : { user: role }),
    ...(ssl === undefined ? {} : { ssl }),
    ...(options === undefined ? {} : { options }),
    ...(application === undefined ? {} : { application_name: application }),
  };
}

/** Undefined where the URL says nothing of TLS. `host`: what the certificate has to be of; `pg` names no address for that. */
function tlsOf(parameters: DatabaseUrl['parameters'], host: string): pg.ClientConfig['ssl'] {
  const { sslmode, sslrootcert, sslcert, sslkey } = parameters;
  if (sslmode === 'disable') return false;
  if (sslmode === undefined && sslrootcert === undefined && sslcert === undefined) return undefined;
  return {
    ...{ host },
    ...(sslrootcert === undefined ? {} : { ca: fileOf('sslrootcert', sslrootcert) }),
    ...(sslcert === undefined ? {} : { cert: fileOf('sslcert', sslcert) }),
    ...(sslkey === undefined ? {} : { key: fileOf('sslkey', sslkey) }),
    ...(sslmode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}

function fileOf(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(`${parameter}: ${path}`, error);
  }
}
