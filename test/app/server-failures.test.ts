/** The server of the database is killed, is replaced by its standby, or can store nothing: no line is lost, and the service says why. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { linesUpTo } from '../soak/lines.ts';
import { problemsOf, storedByDevice, storedLines } from '../soak/stored.ts';
import { query, skipWithoutPostgres } from '../store/postgres/cluster.ts';
import { Server, smallDisk } from '../store/postgres/server.ts';
import { type Running, running, until } from './running.ts';

const skip = { skip: skipWithoutPostgres };
const DEVICES = 20;

const started = (t: Test, store: string) => running(t, { store, instance: 'a', data: temporaryDirectory(t) });

async function send({ addresses }: Running, lines: readonly string[]): Promise<void> {
  const { host, port } = addresses.tcp as { host: string; port: number };
  const sender = await openSender('tcp', { host, port });
  for (const line of lines) await sender.line(Buffer.from(line.trimEnd()));
  await sender.end();
}

async function readiness({ api }: Running): Promise<string> {
  const answer = (await (await fetch(`${api}/readyz`)).json()) as { detail?: string };
  return answer.detail ?? 'ready';
}

async function areStored({ api }: Running, lines: readonly string[]): Promise<void> {
  await until(
    () => storedLines(api).catch(() => 0),
    (stored) => stored >= lines.length,
  );
}

/** Messages of the log about commits that fail. */
const failuresIn = ({ logged }: Running) =>
  logged.flatMap(({ msg, err }) =>
    msg === 'the store cannot commit; trying again' ? [`${(err as Error).message}`] : [],
  );

t.test('the server is killed while lines come: each is stored once', skip, async (t) => {
  const server = await Server.make(t);
  const service = await started(t, server.url);
  const lines = linesUpTo(Date.now(), 400, DEVICES);
  for (let kill = 0; kill < 2; kill++) {
    const sending = send(service, lines.slice(kill * 200, kill * 200 + 200));
    await until(
      () => storedLines(service.api).catch(() => 0),
      (stored) => stored > kill * 200,
    );
    await server.kill();
    await until(
      () => readiness(service),
      (detail) => /: PostgreSQL (cannot be reached|does not answer|stops or starts)/.test(detail),
    );
    await server.start();
    await sending;
    await areStored(service, lines.slice(0, kill * 200 + 200));
  }
  t.strictSame(problemsOf(await storedByDevice(service.api), lines.length, DEVICES), []);
  await until(
    () => readiness(service),
    (detail) => detail === 'ready',
  );
});

t.test('a synchronous standby takes over: each line is stored once', skip, async (t) => {
  const first = await Server.make(t);
  const standby = await first.standby(t);
  const store = first.url.replace(`:${first.port}`, `:${first.port},127.0.0.1:${standby.port}`);
  const service = await started(t, store);
  const lines = linesUpTo(Date.now(), 400, DEVICES);
  const sending = send(service, lines);
  await until(
    () => storedLines(service.api).catch(() => 0),
    (stored) => stored > 0,
  );
  await first.kill();
  await standby.promote();
  await sending;
  await areStored(service, lines);
  t.strictSame(problemsOf(await storedByDevice(service.api), lines.length, DEVICES), []);
  const kept = await query(
    standby.url,
    'SELECT count(DISTINCT device)::int AS devices, count(*)::int AS rows FROM evidence',
  );
  t.equal(kept.rows[0].devices, DEVICES);
  await service.stop();
  const again = await started(t, store);
  await areStored(again, lines);
});

t.test('a start, and a command, go on to the host that is the primary, whatever the first one is', skip, async (t) => {
  const primary = await Server.make(t);
  const standby = await primary.standby(t);
  const store = primary.url.replace(`:${primary.port}`, `:${standby.port},127.0.0.1:${primary.port}`);
  const service = await started(t, store);
  const lines = linesUpTo(Date.now(), 3 * DEVICES, DEVICES);
  await send(service, lines);
  await areStored(service, lines);
  await service.stop();
  for (const access of ['read', 'write', 'command', 'service'] as const) {
    const opened = await openPostgres(store, projectionOf(advisory), { instance: 'b', access });
    t.equal((await opened.unjudged()).count, 0, access);
    await opened.close();
  }
});

/** What a server can have, and how it goes away again. */
type Trouble = {
  readonly name: string;
  readonly says: RegExp;
  readonly reason: RegExp;
  begin(t: Test, server: Server): Promise<() => Promise<void>>;
};

const troubles: readonly Trouble[] = [
  {
    name: 'is read-only',
    says: /^PostgreSQL at 127\.0\.0\.1:\d+\/postgres is read-only \(.*\): name the primary first in `store`$/,
    reason: /: PostgreSQL is read-only/,
    begin: async (_, server) => {
      await server.set('default_transaction_read_only', 'on');
      return async () => {
        await query(server.url.concat('?options=-c%20default_transaction_read_only%3Doff'), 'ALTER SYSTEM RESET ALL');
        await query(server.url, 'SELECT pg_reload_conf()');
      };
    },
  },
  {
    name: 'has no free connection',
    says: /^PostgreSQL at .* has no free connection \(.*\): raise max_connections, or the CONNECTION LIMIT .*: 7 for each instance$/,
    reason: /: PostgreSQL has no free connection/,
    begin: async (_, server) => {
      const others: pg.Client[] = [];
      const connect = async (): Promise<boolean> => {
        const client = new pg.Client(server.url);
        try {
          await client.connect();
          return others.push(client) > 0;
        } catch (error) {
          if ((error as { code?: string }).code !== '53300') throw error;
          return false;
        }
      };
      await connect();
      // Whoever comes first has the place of a connection that was ended: again, until the service has none.
      for (let left = 1; left > 0; ) {
        const ended = await others[0]?.query(ENDING);
        while (await connect());
        left = ended?.rowCount ?? 0;
      }
      return async () => {
        for (const client of others) await client.end();
      };
    },
  },
];
const ENDING = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'quovadis-watch'";

for (const { name, says, reason, begin } of troubles)
  t.test(`a server that ${name}: one line says so, and the service goes on afterwards`, skip, async (t) => {
    const server = await Server.make(t, { settings: ['max_connections=12'] });
    const service = await started(t, server.url);
    await goesOnAfter(t, service, { says, reason, begin: () => begin(t, server) });
  });

const mounting = { skip: skipWithoutPostgres || (process.getuid?.() === 0 ? false : 'only root makes a small disk') };

t.test('a server with a full disk: one line says so, and the service goes on afterwards', mounting, async (t) => {
  const data = await smallDisk(t, '96m');
  const server = await Server.make(t, {
    data,
    initdb: ['--wal-segsize=1'],
    settings: ['max_wal_size=4MB', 'min_wal_size=2MB'],
  });
  const service = await started(t, server.url);
  const ballast = join(data, '..', 'ballast');
  await goesOnAfter(t, service, {
    says: /^PostgreSQL at .* has a full disk \(.*\): give it space; the next try follows$/,
    reason: /: the disk of PostgreSQL is full/,
    begin: async () => {
      fill(ballast);
      return async () => rmSync(ballast);
    },
  });
});

function fill(file: string): void {
  for (const size of [2 ** 20, 4096]) {
    const piece = Buffer.alloc(size);
    try {
      for (;;) writeFileSync(file, piece, { flag: 'a' });
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error;
    }
  }
}

type Meant = Pick<Trouble, 'says' | 'reason'> & { readonly begin: () => Promise<() => Promise<void>> };

/** Lines that come meanwhile are stored afterwards, each once. */
async function goesOnAfter(t: Test, service: Running, { says, reason, begin }: Meant): Promise<void> {
  const lines = linesUpTo(Date.now(), 400, DEVICES);
  await send(service, lines.slice(0, 200));
  await areStored(service, lines.slice(0, 200));
  const end = await begin();
  await send(service, lines.slice(200));
  await until(
    () => readiness(service),
    (detail) => reason.test(detail),
  );
  const told = await until(
    async () => failuresIn(service),
    (messages) => messages.some((message) => says.test(message)),
  );
  t.equal(told.filter((message) => says.test(message)).length, 1, `one line: ${told.join('\n')}`);
  // Of the connections that were ended for it.
  t.strictSame(
    told.filter((message) => !says.test(message) && !/stops or starts/.test(message)),
    [],
  );
  await end();
  await areStored(service, lines);
  t.strictSame(problemsOf(await storedByDevice(service.api), lines.length, DEVICES), []);
  await until(
    () => readiness(service),
    (detail) => detail === 'ready',
  );
}
