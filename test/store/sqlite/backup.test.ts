import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { backupDatabase } from '../../../src/store/sqlite/backup.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { migrations } from '../../../src/store/sqlite/schema.ts';
import { MAIN } from '../../app/running.ts';
import { T0, temporaryDirectory } from '../../given.ts';

const insert = 'INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw) VALUES (?, ?, ?, ?, ?, ?)';

/** A data directory whose database has this many rows of 1 kB, and is open. */
function dataWith(t: Test, rows: number) {
  const data = temporaryDirectory(t);
  const database = openDatabase(data);
  t.teardown(() => database.close());
  const statement = database.prepare(insert);
  const add = (count: number) =>
    database.transaction(() => {
      for (let row = 0; row < count; row++) statement.run(T0, 'sw-a', 'PKI', 'X', 'why', 'r'.repeat(1000));
    })();
  add(rows);
  return { data, database, add };
}

const rowsOf = (file: string): unknown => {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare('SELECT count(*) FROM unparsed').pluck().get();
  } finally {
    database.close();
  }
};

t.test('backupDatabase() copies one instant, while commits go on, into one file', async (t) => {
  const { data, database, add } = dataWith(t, 20_000);
  const to = temporaryDirectory(t);
  const file = join(to, 'copy.db');
  let [commits, ended] = [0, false];
  const backup = backupDatabase(data, { to: file, now: T0 }).finally(() => {
    ended = true;
  });
  while (!ended) {
    add(1);
    commits++;
    await new Promise(setImmediate);
  }
  const done = await backup;
  t.ok(commits > 10, `${commits} commits meanwhile`);
  t.strictSame(done, { file, bytes: statSync(file).size, devices: 0, incidents: 0, damaged: 0, removed: [] });
  t.strictSame(readdirSync(to), ['copy.db'], 'nothing is beside it');
  const copied = Number(rowsOf(file));
  t.ok(copied >= 20_000 && copied <= 20_001, `${copied} rows: one instant at its beginning`);
  t.equal(database.prepare('SELECT count(*) FROM unparsed').pluck().get(), 20_000 + commits);
  t.equal(statSync(file).mode & 0o777, statSync(join(data, DATABASE_NAME)).mode & 0o777);
});

t.test('backupDatabase() names the files of a directory, and keeps the newest', async (t) => {
  const { data } = dataWith(t, 1);
  const to = temporaryDirectory(t);
  for (const name of ['notes.txt', 'quovadis-old.db']) writeFileSync(join(to, name), '');
  for (let day = 0; day < 4; day++) await backupDatabase(data, { to, keep: 2, now: T0 + day * 86_400_000 });
  t.strictSame(readdirSync(to).sort(), [
    'notes.txt',
    'quovadis-20220207T060000Z.db',
    'quovadis-20220208T060000Z.db',
    'quovadis-old.db',
  ]);
});

t.test('backupDatabase() keeps what it has made, and those of a clock that was ahead go first', async (t) => {
  const { data } = dataWith(t, 1);
  const to = temporaryDirectory(t);
  const ahead = [1, 2, 3].map((day) => `quovadis-2027010${day}T000000Z.db`);
  for (const name of ahead) writeFileSync(join(to, name), '');
  const made = (day: number) => `quovadis-202202${String(5 + day).padStart(2, '0')}T060000Z.db`;
  const { removed } = await backupDatabase(data, { to, keep: 3, now: T0 });
  t.strictSame(removed, [ahead[0]]);
  t.strictSame(readdirSync(to).sort(), [made(0), ahead[1], ahead[2]]);
  for (let day = 1; day < 4; day++) await backupDatabase(data, { to, keep: 3, now: T0 + day * 86_400_000 });
  t.strictSame(readdirSync(to).sort(), [made(1), made(2), made(3)]);
});

t.test('backupDatabase() replaces a former backup, and nothing else', async (t) => {
  const { data, add } = dataWith(t, 1);
  const to = temporaryDirectory(t);
  const file = join(to, 'copy.db');
  await backupDatabase(data, { to: file, now: T0 });
  add(1);
  await backupDatabase(data, { to: file, now: T0 });
  t.equal(rowsOf(file), 2);
  const other = join(to, 'other');
  writeFileSync(other, 'a letter');
  mkdirSync(join(to, 'not.db', 'sub'), { recursive: true });
  // Whoever opens a FIFO without a writer waits for ever.
  const fifo = join(to, 'fifo');
  execFileSync('mkfifo', [fifo]);
  for (const [name, target] of [
    ['to-letter', other],
    ['to-database', join(data, DATABASE_NAME)],
    ['to-fifo', fifo],
  ] as const)
    symlinkSync(target, join(to, name));
  const refused: readonly (readonly [to: string, error: { code: string; message: RegExp }])[] = [
    [other, { code: 'QVW_REFUSED', message: /other is there and is no backup/ }],
    [join(data, DATABASE_NAME), { code: 'QVW_USAGE', message: /is the database itself/ }],
    [fifo, { code: 'QVW_REFUSED', message: /fifo is there and is no backup/ }],
    ['/dev/null', { code: 'QVW_REFUSED', message: /null is there and is no backup/ }],
    [join(to, 'to-letter'), { code: 'QVW_REFUSED', message: /is no backup/ }],
    [join(to, 'to-database'), { code: 'QVW_USAGE', message: /is the database itself/ }],
    [join(to, 'to-fifo'), { code: 'QVW_REFUSED', message: /is no backup/ }],
    [join(to, 'none', 'copy.db'), { code: 'QVW_FILE_UNREADABLE', message: /there is no directory .*none: make it/ }],
  ];
  for (const [path, error] of refused) await t.rejects(backupDatabase(data, { to: path, now: T0 }), error, path);
  t.equal(readFileSync(other, 'utf8'), 'a letter');
  await t.rejects(backupDatabase(to, { to: file, now: T0 }), { code: 'QVW_FILE_UNREADABLE' }, 'no database there');
  t.equal(rowsOf(file), 2);
});

t.test('backupDatabase() leaves the former backup where the database is damaged', async (t) => {
  const { data, database } = dataWith(t, 2000);
  const to = temporaryDirectory(t);
  const file = join(to, 'copy.db');
  await backupDatabase(data, { to: file, now: T0 });
  const before = readFileSync(file);
  database.pragma('wal_checkpoint(TRUNCATE)');
  const path = join(data, DATABASE_NAME);
  const bytes = readFileSync(path);
  bytes.fill(0xa5, bytes.length - 3 * 4096, bytes.length - 4096);
  writeFileSync(path, bytes);
  await t.rejects(backupDatabase(data, { to: file, now: T0 }), {
    code: 'QVW_DATABASE_DAMAGED',
    message: /quovadis\.db/,
  });
  t.ok(readFileSync(file).equals(before));
  t.strictSame(readdirSync(to), ['copy.db']);
});

t.test('backupDatabase() that is stopped leaves nothing, and the next one removes what a kill has left', async (t) => {
  const { data } = dataWith(t, 2000);
  const to = temporaryDirectory(t);
  const stop = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  await t.rejects(backupDatabase(data, { to, now: T0, stop }), { code: 'QVW_BACKUP_FAILED', message: /stopped/ });
  t.strictSame(readdirSync(to), []);
  const [left, young, foreign] = ['.a.db.partial-0123456789ab', '.b.db.partial-0123456789ab', 'a.partial'];
  for (const name of [left, young, foreign]) writeFileSync(join(to, name), '');
  utimesSync(join(to, left), T0 / 1000 - 90_000, T0 / 1000 - 90_000);
  utimesSync(join(to, young), T0 / 1000, T0 / 1000);
  await backupDatabase(data, { to: join(to, 'copy.db'), now: T0 });
  t.strictSame(readdirSync(to).sort(), [young, foreign, 'copy.db'].sort());
});

t.test('backup says in one line that the disk is full, and leaves nothing', async (t) => {
  const { data } = dataWith(t, 2000);
  const to = temporaryDirectory(t);
  // A bound on the size of files is a disk that is full for this process alone; so it writes no other large file.
  const command = 'ulimit -f 1000; export NODE_DISABLE_COMPILE_CACHE=1; exec "$0" "$@"';
  const args = ['-c', command, process.execPath, MAIN, 'backup', to, '--data', data];
  const { status, stderr, signal } = spawnSync('sh', args, { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
  t.match(stderr, /^quovadis-watch: no backup was made at .*quovadis-.*\.db \(.*\): check .* \[QVW_BACKUP_FAILED\]\n$/);
  // The bound sends a signal as well, which a full disk does not; it sometimes meets the process while it ends.
  t.ok((status === 1 && signal === null) || (status === null && signal === 'SIGXFSZ'), `${status} ${signal}`);
  t.strictSame(readdirSync(to), []);
});

t.test('backup copies a database of a former schema as it is', async (t) => {
  const data = temporaryDirectory(t);
  const old = new Database(join(data, DATABASE_NAME));
  old.exec(migrations[0] as string);
  old.pragma(`application_id = ${0x51564457}`);
  old.pragma('user_version = 1');
  old.close();
  chmodSync(join(data, DATABASE_NAME), 0o640);
  const { file } = await backupDatabase(data, { to: join(data, 'copy.db'), now: T0 });
  const copy = new Database(file, { readonly: true });
  t.teardown(() => copy.close());
  t.equal(copy.pragma('user_version', { simple: true }), 1);
  t.equal(statSync(file).mode & 0o777, 0o640);
});
