/** Commands beside each other and beside services: each is an instance of its own, of which nothing stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import t from 'tap';
import { type PostgresLocation, postgresEngine } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { MAIN, until } from '../../app/running.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { aboutOf, commitObservations, decided } from '../stores.ts';
import { callHome, observation } from '../written.ts';
import { Between } from './between.ts';
import { newDatabase, query, skipWithoutPostgres } from './cluster.ts';

const skip = { skip: skipWithoutPostgres };
const projection = projectionOf(advisory);
const deadlines = { statementMs: 300_000, lockMs: 300_000, idleMs: 300_000, answerMs: 300_000 };

const open = (url: string, over: Partial<PostgresLocation> = {}): Promise<Store> =>
  postgresEngine({ url, instance: 'command', deadlines, ...over }).open(projection, 'write');
const namesIn = async (url: string, table: 'turn' | 'peer_instance') =>
  (await query(url, `SELECT instance FROM ${table} ORDER BY instance`)).rows.map(({ instance }) => instance as string);

t.test(
  'what a command has no answer to is done once, also where another command commits meanwhile',
  skip,
  async (t) => {
    const url = await newDatabase();
    const between = new Between();
    const first = await open(await between.start(url));
    const second = await open(url);
    const observations = [observation('sw-a', 0, callHome)];
    const about = aboutOf(observations);
    const commit = () => first.commit(about, (known) => decided(known, observations, {}));
    between.cut('gone');
    await t.rejects(commit(), { code: 'QVW_DATABASE_FAILED', retryable: true });
    t.ok(between.hasCut);
    await commitObservations(second, [observation('sw-b', 0, callHome)]);
    const names = await namesIn(url, 'turn');
    t.match(names, [/^command [0-9a-f-]{36}$/, /^command [0-9a-f-]{36}$/]);
    t.strictSame(await namesIn(url, 'peer_instance'), names);
    between.state = 'open';
    await commit();
    t.equal((await second.load(['sw-a'])).get('sw-a')?.messages, 1);
    for (const store of [first, second]) await store.close();
    await between.stop();
    t.strictSame([await namesIn(url, 'turn'), await namesIn(url, 'peer_instance')], [[], []], 'nothing of them stays');
  },
);

t.test('what a killed command leaves is cleared by a later one', skip, async (t) => {
  const url = await newDatabase();
  await (await open(url)).close();
  await query(
    url,
    `INSERT INTO peer_instance (instance, process, advisory, started_at, heard_at, is_command)
     VALUES ('command gone', 'x', 'y', now() - interval '2 hours', now() - interval '61 minutes', true),
       ('plant-a', 'x', 'y', now() - interval '2 hours', now() - interval '61 minutes', false);
     INSERT INTO turn (instance, n) VALUES ('command gone', 3), ('plant-a', 7)`,
  );
  const store = await open(url);
  t.strictSame(await namesIn(url, 'turn'), ['plant-a']);
  t.match(await namesIn(url, 'peer_instance'), [/^command [0-9a-f-]{36}$/, 'plant-a']);
  await store.close();
});

type Ended = { readonly code: number | null; readonly said: string };

t.test('two processes import at once, and a move is refused meanwhile', skip, async (t) => {
  const url = await newDatabase();
  await (await open(url)).close();
  const directory = temporaryDirectory(t);
  const config = join(directory, 'config.yaml');
  writeFileSync(config, JSON.stringify({ store: url }));
  const start = (...args: readonly string[]): Promise<Ended> => {
    const child = spawn(process.execPath, [MAIN, ...args, '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    t.teardown(() => child.kill('SIGKILL'));
    return Promise.all([once(child, 'exit'), text(child.stderr)]).then(([[code], said]) => ({ code, said }));
  };
  const lock = new pg.Client({ connectionString: url });
  await lock.connect();
  await lock.query('BEGIN; LOCK TABLE device IN EXCLUSIVE MODE');
  const imports = ['a', 'b'].map((way) => {
    const file = join(directory, `${way}.csv`);
    writeFileSync(
      file,
      ['hostname,plant', ...Array.from({ length: 700 }, (_, n) => `sw-${way}-${n},North`)].join('\n'),
    );
    return start('inventory', file);
  });
  await until(
    () => namesIn(url, 'peer_instance'),
    (names) => names.length === 2,
  );
  const { code, said } = await start('migrate', '--from', url, '--to', join(directory, 'moved'));
  t.equal(code, 2);
  t.match(said, /a command uses PostgreSQL at .*: wait for its end \[QVW_REFUSED\]\n$/);
  t.equal(said.split('\n').length, 2, said);
  await lock.query('COMMIT');
  await lock.end();
  t.strictSame(await Promise.all(imports), [
    { code: 0, said: '' },
    { code: 0, said: '' },
  ]);
  t.equal((await query(url, 'SELECT count(*)::int AS n FROM device')).rows[0].n, 1400);
  t.strictSame([await namesIn(url, 'turn'), await namesIn(url, 'peer_instance')], [[], []]);
});
