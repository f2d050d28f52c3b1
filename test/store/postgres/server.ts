/** A PostgreSQL server that a test starts, kills and makes a standby of. It keeps what it has answered, as one in earnest. */
import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, until } from '../../app/running.ts';
import type { Owner } from '../../soak/owner.ts';
import { program, query, serverUser } from './cluster.ts';

const run = promisify(execFile);
const user = serverUser();

type Place = { readonly directory: string; readonly port: number };
type Made = {
  /** Where the data is, if not below the temporary directory. */
  readonly data?: string;
  readonly initdb?: readonly string[];
  readonly settings?: readonly string[];
};

export class Server {
  readonly port: number;
  readonly #directory: string;
  readonly #data: string;
  readonly #settings: readonly string[];

  private constructor({ directory, port }: Place, data: string, settings: readonly string[]) {
    this.#directory = directory;
    this.port = port;
    this.#data = data;
    this.#settings = settings;
  }

  /** A new cluster, which is running; it ends with its owner. */
  static async make(owner: Owner, { data, initdb = [], settings = [] }: Made = {}): Promise<Server> {
    const place = await placeOf(owner);
    const server = new Server(place, data ?? join(place.directory, 'data'), settings);
    await server.#run('initdb', '--no-sync', '--auth=trust', '--username=quovadis', ...initdb, server.#data);
    await server.start();
    owner.teardown(() => server.kill());
    return server;
  }

  get url(): string {
    return `postgres://quovadis@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const settings = [
      ...['listen_addresses=127.0.0.1', `port=${this.port}`, 'unix_socket_directories='],
      ...['autovacuum=off', 'shared_buffers=16MB', 'max_wal_senders=4', ...this.#settings],
      // A standby looks for its primary again at once: commits wait for it.
      'wal_retrieve_retry_interval=100ms',
    ];
    const options = settings.map((setting) => `-c ${setting}`).join(' ');
    const log = join(this.#directory, 'log');
    const start = ['--wait', `--pgdata=${this.#data}`, `--log=${log}`, `--options=${options}`, 'start'];
    await this.#run('pg_ctl', ...start).catch((error) => {
      throw new Error(readFileSync(log, 'utf8').slice(-2000), { cause: error });
    });
  }

  /** Ends all of its processes at once, as the end of its machine does; resolves once they are gone. */
  async kill(): Promise<void> {
    const pid = this.#pid();
    if (pid === null) return;
    // It would end the others, and they would say good-bye.
    process.kill(pid, 'SIGSTOP');
    const all = [pid, ...(await ps('pid=', '--ppid', `${pid}`)).map(Number)];
    for (const each of all) {
      try {
        process.kill(each, 'SIGKILL');
      } catch (error) {
        // It has ended meanwhile.
        if ((error as { code?: string }).code !== 'ESRCH') throw error;
      }
    }
    await until(
      () => ps('stat=', '--pid', all.join()),
      (states) => states.every((state) => state.startsWith('Z')),
    );
    // A process that nobody has waited for would pass for one that runs.
    rmSync(this.#pidFile);
  }

  /** A standby of this server that commits wait for, in the place of another one that is ended, with its port. */
  async standby(owner: Owner, instead?: Server): Promise<Server> {
    await instead?.kill();
    const place = instead === undefined ? await placeOf(owner) : instead.#place();
    const standby = new Server(place, join(place.directory, 'data'), this.#settings);
    rmSync(standby.#data, { recursive: true, force: true });
    const from = ['--host=127.0.0.1', `--port=${this.port}`, '--username=quovadis'];
    const to = [`--pgdata=${standby.#data}`, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
    await standby.#run('pg_basebackup', ...from, ...to);
    await standby.start();
    owner.teardown(() => standby.kill());
    await this.set('synchronous_standby_names', "'*'");
    return standby;
  }

  /** Makes a primary of a standby, which waits for no other one. */
  async promote(): Promise<void> {
    await this.#run('pg_ctl', '--wait', `--pgdata=${this.#data}`, 'promote');
    await this.set('synchronous_standby_names', "''");
  }

  /** Changes a setting while it runs. */
  async set(name: string, value: string): Promise<void> {
    await query(this.url, `ALTER SYSTEM SET ${name} = ${value}`);
    await query(this.url, 'SELECT pg_reload_conf()');
  }

  /** Its first process; 0 where it does not run. */
  get pid(): number {
    return this.#pid() ?? 0;
  }

  #place(): Place {
    return { directory: this.#directory, port: this.port };
  }

  get #pidFile(): string {
    return join(this.#data, 'postmaster.pid');
  }

  #pid(): number | null {
    try {
      return Number(readFileSync(this.#pidFile, 'utf8').split('\n')[0]);
    } catch {
      return null;
    }
  }

  async #run(name: string, ...args: readonly string[]): Promise<void> {
    await run(program(name), args, { ...user, cwd: this.#directory, maxBuffer: 2 ** 24 });
  }
}

/** Rows of `ps`; none where no process fits. */
async function ps(...options: readonly string[]): Promise<string[]> {
  const { stdout } = await run('ps', ['-o', ...options]).catch((error: { code?: unknown; stdout: string }) => {
    if (error.code !== 1) throw error;
    return error;
  });
  return stdout.split('\n').flatMap((row) => row.trim() || []);
}

async function placeOf(owner: Owner): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'qvw-server-'));
  if ('uid' in user) chownSync(directory, user.uid as number, user.gid as number);
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return { directory, port: await freePort() };
}

/** A directory of the server's own on a disk of this size; ends with its owner. Only root may make one. */
export async function smallDisk(owner: Owner, size: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'qvw-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  owner.teardown(async () => {
    await run('umount', [directory]);
    rmSync(directory, { recursive: true });
  });
  const data = join(directory, 'data');
  mkdirSync(data);
  if ('uid' in user) chownSync(data, user.uid as number, user.gid as number);
  return data;
}
