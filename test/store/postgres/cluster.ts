/** A PostgreSQL server of the tests' own: a new cluster in a temporary directory, which only a Unix socket leads to. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** Where Debian has the programs of the newest version; null where the package is missing. */
const bin = globSync('/usr/lib/postgresql/*/bin').findLast((path) => existsSync(join(path, 'initdb'))) ?? null;

/** Why tests with a server are skipped; false where they run. */
export const skipWithoutPostgres = bin === null ? 'install the Debian package postgresql' : false;

type Cluster = { readonly directory: string; readonly url: (database: string) => string };

let cluster: Cluster | null = null;
let databases = 0;

/** The path of one of its programs. */
export const program = (name: string): string => join(bin ?? '', name);

/** Who runs the server, which refuses to run as root; empty: whoever runs the tests. */
export function serverUser(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** The one server of this process. It ends with the process. */
export function startCluster(): Cluster {
  if (cluster !== null) return cluster;
  const directory = mkdtempSync(join(tmpdir(), 'qvw-postgres-'));
  const user = serverUser();
  if ('uid' in user) chownSync(directory, user.uid as number, user.gid as number);
  const run = (name: string, ...options: string[]) =>
    execFileSync(program(name), options, { ...user, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const data = join(directory, 'data');
  run('initdb', '--no-sync', '--auth=trust', '--username=quovadis', '--encoding=UTF8', '--locale=C', data);
  const settings = [
    ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'max_connections=200'],
    ...['listen_addresses=', `unix_socket_directories=${directory}`, 'shared_buffers=32MB', 'max_wal_size=4GB'],
  ];
  const options = settings.map((setting) => `-c ${setting}`).join(' ');
  run('pg_ctl', '--wait', `--pgdata=${data}`, `--log=${join(directory, 'log')}`, `--options=${options}`, 'start');
  process.on('exit', () => {
    spawnSync(program('pg_ctl'), [`--pgdata=${data}`, '--mode=immediate', 'stop'], { ...user, cwd: directory });
    rmSync(directory, { recursive: true, force: true });
  });
  const socket = encodeURIComponent(directory);
  cluster = { directory, url: (database) => `postgres://quovadis@${socket}/${database}` };
  return cluster;
}

/** Runs statements in a database of the server. */
export async function query(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The URL of a new database. `template`: the database that it is a copy of. */
export async function newDatabase(template = 'template0'): Promise<string> {
  const { url } = startCluster();
  const name = `test_${databases++}`;
  await query(url('postgres'), `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  return url(name);
}

const TABLES =
  "SELECT string_agg(relname, ', ') AS names FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
const free: string[] = [];

/** A database with the tables of this version and no rows, which is emptied when it is given back. */
export async function borrowDatabase(): Promise<{ url: string; giveBack: () => Promise<void> }> {
  const url = free.pop() ?? (await newDatabase());
  const giveBack = async () => {
    const { rows } = await query(url, TABLES);
    const names = (rows[0].names as string).split(', ').filter((name) => name !== 'meta');
    // Nearly all tables are empty: that is faster than TRUNCATE.
    await query(url, names.map((name) => `DELETE FROM ${name}`).join('; '));
    free.push(url);
  };
  return { url, giveBack };
}
