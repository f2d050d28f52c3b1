import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { engines } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/ports/store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { backupDatabase } from '../../../src/store/sqlite/backup.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { restoreDatabase } from '../../../src/store/sqlite/restore.ts';
import { advisory, T0, temporaryDirectory } from '../../given.ts';
import { callHome, commit, observation } from '../written.ts';

const openAs = (data: string, access: 'service' | 'write') => engines.sqlite(data).open(projectionOf(advisory), access);
const fail = (store: Store, device: string) => commit(store, observation(device, 0, callHome), observation(device, 1));
const devicesIn = async (data: string) => {
  const store = await openAs(data, 'write');
  const { rows } = await store.devices({ limit: 9 });
  await store.close();
  return rows.map(({ key }) => key);
};

/** A backup with the devices, and the data directory that it is of, which a service has open until the test ends. */
async function backedUp(t: Test, ...devices: readonly string[]) {
  const data = temporaryDirectory(t);
  const store = await openAs(data, 'service');
  t.teardown(() => store.close());
  for (const device of devices) await fail(store, device);
  const { file } = await backupDatabase(data, { to: join(temporaryDirectory(t), 'backup.db'), now: T0 });
  return { data, store, file };
}

t.test('restoreDatabase() puts a backup into a new directory', async (t) => {
  const { file } = await backedUp(t, 'sw-a', 'sw-b');
  const before = readFileSync(file);
  const directory = join(temporaryDirectory(t), 'new');
  t.strictSame(restoreDatabase(file, { directory, force: false, now: T0 }), {
    ...{ devices: 2, incidents: 2, damaged: 0, former: null },
  });
  t.strictSame(readdirSync(directory).sort(), [DATABASE_NAME, 'quovadis.lock']);
  t.strictSame(await devicesIn(directory), ['sw-a', 'sw-b']);
  t.ok(readFileSync(file).equals(before), 'the backup is as it was');
});

t.test('restoreDatabase() replaces only with force, and keeps what was there, also commits in its log', async (t) => {
  const { file } = await backedUp(t, 'sw-a');
  const directory = temporaryDirectory(t);
  const killed = await backedUp(t, 'sw-former');
  for (const suffix of ['', '-wal'])
    copyFileSync(join(killed.data, `quovadis.db${suffix}`), join(directory, `quovadis.db${suffix}`));
  t.throws(() => restoreDatabase(file, { directory, force: false, now: T0 }), {
    ...{ code: 'QVW_REFUSED', message: /has a database: give --force/ },
  });
  t.strictSame(readdirSync(directory).sort(), [DATABASE_NAME, 'quovadis.db-wal', 'quovadis.lock']);
  const { former } = restoreDatabase(file, { directory, force: true, now: T0 });
  t.equal(former, join(directory, 'quovadis.db.before-20220205T060000Z'));
  t.strictSame(await devicesIn(directory), ['sw-a']);
  const again = restoreDatabase(former as string, { directory, force: true, now: T0 });
  t.equal(again.former, `${former}-2`, 'no kept database is written over');
  t.strictSame(await devicesIn(directory), ['sw-former']);
});

t.test('restoreDatabase() refuses a directory that a service or a command uses', async (t) => {
  const { data, store, file } = await backedUp(t, 'sw-a');
  await fail(store, 'sw-b');
  const order = { directory: data, force: true, now: T0 };
  t.throws(() => restoreDatabase(file, order), { code: 'QVW_REFUSED', message: /another service/ });
  await store.close();
  const command = await openAs(data, 'write');
  t.throws(() => restoreDatabase(file, order), { code: 'QVW_REFUSED', message: /in use by another command/ });
  t.strictSame((await command.devices({ limit: 9 })).rows.length, 2, 'nothing was replaced');
  await command.close();
  t.strictSame(await devicesIn(data), ['sw-a', 'sw-b']);
  restoreDatabase(file, order);
  t.strictSame(await devicesIn(data), ['sw-a']);
});

t.test('restoreDatabase() replaces nothing by a file that is no whole database of this version', async (t) => {
  const { file } = await backedUp(t, 'sw-a');
  const [directory, other] = [temporaryDirectory(t), temporaryDirectory(t)];
  restoreDatabase(file, { directory, force: false, now: T0 });
  const before = readFileSync(join(directory, DATABASE_NAME));
  const made = (name: string, change: (path: string) => void) => {
    const path = join(other, name);
    copyFileSync(file, path);
    change(path);
    return path;
  };
  const inside = (sql: string) => (path: string) => new Database(path).exec(sql).close();
  mkdirSync(join(other, 'folder'));
  execFileSync('mkfifo', [join(other, 'fifo')]);
  const rows: readonly (readonly [from: string, code: string, message: RegExp])[] = [
    [join(other, 'fifo'), 'QVW_FILE_UNREADABLE', /fifo is no regular file/],
    [join(other, 'none.db'), 'QVW_FILE_UNREADABLE', /there is no/],
    [join(other, 'folder'), 'QVW_FILE_UNREADABLE', /is a directory: name the file/],
    [
      made('text.db', (path) => writeFileSync(path, 'a letter '.repeat(99))),
      'QVW_DATABASE_FOREIGN',
      /text\.db is no database of/,
    ],
    [made('empty.db', (path) => writeFileSync(path, '')), 'QVW_DATABASE_FOREIGN', /empty\.db is no database of/],
    [made('short.db', (path) => truncateSync(path, before.length / 2)), 'QVW_DATABASE_DAMAGED', /short\.db/],
    [made('flipped.db', flip), 'QVW_DATABASE_DAMAGED', /flipped\.db/],
    [made('other.db', inside('PRAGMA application_id = 7')), 'QVW_DATABASE_FOREIGN', /is no database of/],
    [made('tables.db', inside('DROP TABLE incident')), 'QVW_DATABASE_FOREIGN', /tables\.db is no database of/],
    [made('newer.db', inside('PRAGMA user_version = 99')), 'QVW_DATABASE_FOREIGN', /newer version/],
  ];
  for (const [from, code, message] of rows) {
    t.throws(() => restoreDatabase(from, { directory, force: true, now: T0 }), { code, message }, from);
    const order = { directory: join(other, 'new', 'data'), force: false, now: T0 };
    t.throws(() => restoreDatabase(from, order), { code }, from);
    t.notOk(existsSync(join(other, 'new')), `${from}: no directory is left`);
  }
  t.ok(readFileSync(join(directory, DATABASE_NAME)).equals(before));
  t.strictSame(readdirSync(directory).sort(), [DATABASE_NAME, 'quovadis.lock'], 'nothing is left');
});

/** Damages the pages in the middle. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4096 * 2, 4096 * 5);
  writeFileSync(path, bytes);
}

t.test('a copy of a running database without its log is told, by restore and at the start', async (t) => {
  const { data, store } = await backedUp(t, 'sw-a', 'sw-b');
  const [half, whole, started] = [temporaryDirectory(t), temporaryDirectory(t), temporaryDirectory(t)];
  for (const directory of [half, whole, started])
    copyFileSync(join(data, DATABASE_NAME), join(directory, DATABASE_NAME));
  copyFileSync(join(data, 'quovadis.db-wal'), join(whole, 'quovadis.db-wal'));
  const told = { code: 'QVW_DATABASE_DAMAGED', message: /half a copy .*: take quovadis\.db-wal too, or use `backup`/ };
  const order = { directory: temporaryDirectory(t), force: false, now: T0 };
  t.throws(() => restoreDatabase(join(half, DATABASE_NAME), order), told);
  await t.rejects(openAs(started, 'service'), told);
  t.throws(() => openDatabase(started, { readonly: true }), told);
  await t.rejects(backupDatabase(half, { to: join(half, 'x.db'), now: T0 }), told);
  const database = new Database(join(data, DATABASE_NAME));
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  await store.shrink();
  await fail(store, 'sw-c');
  copyFileSync(join(data, DATABASE_NAME), join(started, DATABASE_NAME));
  await t.rejects(openAs(started, 'service'), told, 'also after a checkpoint, once the mark is set again');
  restoreDatabase(join(whole, DATABASE_NAME), order);
  t.strictSame(await devicesIn(order.directory), ['sw-a', 'sw-b'], 'with its log it is whole');

  const killed = await openAs(whole, 'service');
  await killed.close();
  t.strictSame(await devicesIn(whole), ['sw-a', 'sw-b'], 'as after a kill');
  await store.close();
  const stopped = temporaryDirectory(t);
  copyFileSync(join(data, DATABASE_NAME), join(stopped, DATABASE_NAME));
  t.strictSame(await devicesIn(stopped), ['sw-a', 'sw-b', 'sw-c'], 'the file of a stopped service is whole');
});

t.test('a damaged row is told, and restored only if that is asked for', async (t) => {
  const { store, data } = await backedUp(t, 'sw-a', 'sw-b');
  await store.close();
  const database = new Database(join(data, DATABASE_NAME));
  database.exec("UPDATE device SET record = replace(record, '192.0.2.7', '192.0.2.8') WHERE key = 'sw-b'");
  database.close();
  const to = temporaryDirectory(t);
  const keep = 1;
  writeFileSync(join(to, 'quovadis-20200101T000000Z.db'), '');
  const done = await backupDatabase(data, { to, keep, now: T0 });
  t.match(done, { devices: 2, damaged: 1, removed: [] }, 'the older backup may have the row');
  const order = { directory: temporaryDirectory(t), force: false, now: T0 };
  t.throws(() => restoreDatabase(done.file, order), {
    code: 'QVW_DATABASE_DAMAGED',
    message: /is damaged in 1 of its rows/,
  });
  t.match(restoreDatabase(done.file, { ...order, evenDamaged: true }), { devices: 2, damaged: 1 });
});
