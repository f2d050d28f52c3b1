import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { projectionOf } from '../../../src/store/projection.ts';
import { toOperatingError } from '../../../src/store/sqlite/failures.ts';
import { DISPOSITIONS } from '../../../src/store/sqlite/notes.ts';
import { DATABASE_NAME, lockAlone, openDatabase, requireDatabase } from '../../../src/store/sqlite/open.ts';
import { APPLICATION_ID, migrations } from '../../../src/store/sqlite/schema.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, T0, temporaryDirectory } from '../../given.ts';
import { noRows, writeBatch } from '../stores.ts';

t.test('openDatabase() makes a database in WAL that is synchronised in full', async (t) => {
  const database = openDatabase(join(temporaryDirectory(t), 'new', 'directory'));
  t.teardown(() => database.close());
  t.equal(database.pragma('journal_mode', { simple: true }), 'wal');
  t.equal(database.pragma('synchronous', { simple: true }), 2);
  t.equal(database.pragma('user_version', { simple: true }), migrations.length);
});

const isRoot = process.getuid?.() === 0;

t.test(
  'requireDatabase() tells a database that is not there from one that another user may not read',
  { skip: isRoot ? false : 'to be another user needs root' },
  async (t) => {
    const directory = temporaryDirectory(t);
    openDatabase(directory).close();
    chmodSync(directory, 0o700);
    const asked = (uid: number): unknown => {
      process.seteuid?.(uid);
      try {
        requireDatabase(directory);
        return null;
      } catch (error) {
        return error;
      } finally {
        process.seteuid?.(0);
      }
    };
    t.match(asked(65_534), { code: 'QVW_REFUSED', message: /^this user may not read .*: run the command with sudo/ });
    t.equal(asked(0), null);
    t.throws(() => requireDatabase(join(directory, 'none')), { code: 'QVW_FILE_UNREADABLE', message: /there is no/ });
  },
);

t.test('openDatabase() refuses foreign files, and leaves them unchanged', async (t) => {
  const make: Record<string, [(file: string) => void, string]> = {
    'not a database': [
      (file) => writeFileSync(file, 'this is a text of more than a hundred bytes, '.repeat(30)),
      'QVW_DATABASE_DAMAGED',
    ],
    'of another program': [
      (file) => new Database(file).exec('CREATE TABLE guests (name TEXT)').close(),
      'QVW_DATABASE_FOREIGN',
    ],
    'of a newer version': [
      (file) => {
        openDatabase(join(file, '..')).close();
        const database = new Database(file);
        database.pragma('user_version = 99');
        database.pragma('wal_checkpoint(TRUNCATE)');
        database.close();
      },
      'QVW_DATABASE_FOREIGN',
    ],
    damaged: [
      (file) => {
        const database = openDatabase(join(file, '..'));
        database.pragma('wal_checkpoint(TRUNCATE)');
        database.close();
        const bytes = readFileSync(file);
        bytes.fill(0xa5, 4096 * 2, 4096 * 5);
        writeFileSync(file, bytes);
      },
      'QVW_DATABASE_DAMAGED',
    ],
  };
  for (const [what, [write, code]] of Object.entries(make)) {
    const directory = temporaryDirectory(t);
    const file = join(directory, DATABASE_NAME);
    write(file);
    const before = readFileSync(file);
    t.throws(() => openDatabase(directory), { code }, what);
    t.ok(readFileSync(file).equals(before), `${what}: unchanged`);
  }
});

t.test('openDatabase() for reading requires the file, and creates nothing', async (t) => {
  const directory = temporaryDirectory(t);
  t.throws(() => openDatabase(directory, { readonly: true }), { code: 'QVW_FILE_UNREADABLE' });
});

t.test('lockAlone() locks a file that no other process has open', async (t) => {
  const directory = temporaryDirectory(t);
  const [first, second] = [openDatabase(directory), openDatabase(directory)];
  t.equal(lockAlone(first), false, 'another process has it open');
  t.equal(first.pragma('busy_timeout', { simple: true }), 5000);
  for (const database of [first, second]) {
    const store = new SqliteStore(database, projectionOf(advisory));
    t.match(await writeBatch(store, { ...noRows, devices: [], now: T0 }), { evicted: 0 }, 'both go on');
  }
  first.close();
  t.equal(lockAlone(second), true);
  const other = new Database(join(directory, DATABASE_NAME), { timeout: 1 });
  t.throws(() => other.prepare('SELECT * FROM device').all(), { code: 'SQLITE_BUSY' });
  second.close();
  t.strictSame(other.prepare('SELECT * FROM device').all(), [], 'until it is closed');
  other.close();
  const busy = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
  t.match(toOperatingError(busy, 'quovadis.db'), {
    code: 'QVW_DATABASE_FAILED',
    message: /in use by another process.*wait/,
  });
});

t.test('openDatabase() for reading refuses a file of an older version, and leaves it unchanged', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, DATABASE_NAME);
  const older = new Database(file);
  older.exec(migrations[0] as string);
  older.pragma(`application_id = ${APPLICATION_ID}`);
  older.pragma('user_version = 1');
  older.close();
  const before = readFileSync(file);
  t.throws(() => openDatabase(directory, { readonly: true }), {
    code: 'QVW_DATABASE_FOREIGN',
    message: /older version/,
  });
  t.ok(readFileSync(file).equals(before));
  openDatabase(directory).close();
  openDatabase(directory, { readonly: true }).close();
});

t.test('openDatabase() brings notes of a version without dispositions to this version', async (t) => {
  const directory = temporaryDirectory(t);
  const older = new Database(join(directory, DATABASE_NAME));
  for (const statements of migrations.slice(0, 5)) older.exec(statements);
  older.pragma(`application_id = ${APPLICATION_ID}`);
  older.pragma('user_version = 5');
  const note = { device: 'sw-a', ordinal: 1, at: T0, by: 'kim', kind: 'note', text: 'seen' } as const;
  older
    .prepare('INSERT INTO note (device, ordinal, at, record) VALUES (?, ?, ?, ?)')
    .run('sw-a', 1, T0, JSON.stringify(note));
  older.close();
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  t.teardown(() => store.close());
  const disposition = { hypothesis: 'dns', text: '', diagnosis: 'trust', release: '17.3.3' } as const;
  t.strictSame(await store.notes('sw-a', 1), [{ ...note, disposition: null }]);
  t.strictSame(await store.dispositions({}), []);
  await writeBatch(store, { ...noRows, devices: [], now: T0, notes: [{ ...note, disposition }] });
  t.strictSame(await store.dispositions({}), [{ hypothesis: 'dns', diagnosis: 'trust', release: '17.3.3', count: 1 }]);
});

t.test('SqliteStore.dispositions() reads only the index of dispositions', async (t) => {
  const database = openDatabase(temporaryDirectory(t));
  t.teardown(() => database.close());
  const plan = database
    .prepare(`EXPLAIN QUERY PLAN ${DISPOSITIONS}`)
    .all({ since: 0, until: 1 })
    .map((step) => (step as { detail: string }).detail);
  t.match(
    plan.filter((step) => / note\b/.test(step)),
    [/^SCAN note USING COVERING INDEX note_disposition$/],
  );
});
