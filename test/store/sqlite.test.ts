import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { correlate } from '../../src/core/correlate/correlate.ts';
import { newCourse } from '../../src/core/correlate/course.ts';
import type { Device } from '../../src/core/device.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { packDevice, unpackDevice } from '../../src/store/sqlite/device-record.ts';
import { DATABASE_NAME, openDatabase } from '../../src/store/sqlite/open.ts';
import { migrations } from '../../src/store/sqlite/schema.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { advisory, observed, sighted, T0, temporaryDirectory } from '../given.ts';

t.test('openDatabase() makes a database in WAL that is synchronised in full', async (t) => {
  const database = openDatabase(join(temporaryDirectory(t), 'new', 'directory'));
  t.teardown(() => database.close());
  t.equal(database.pragma('journal_mode', { simple: true }), 'wal');
  t.equal(database.pragma('synchronous', { simple: true }), 2);
  t.equal(database.pragma('user_version', { simple: true }), migrations.length);
});

t.test('openDatabase() refuses what is not its own, and leaves it as it is', async (t) => {
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

t.test('openDatabase() for reading wants the file to be there, and makes nothing', async (t) => {
  const directory = temporaryDirectory(t);
  t.throws(() => openDatabase(directory, { readonly: true }), { code: 'QVW_FILE_UNREADABLE' });
});

t.test('unpackDevice() gives back what packDevice() was given', async (t) => {
  const tail = [observed(T0), observed(T0 + 1.5, { peers: ['cssm'], clock: 'unset' }), observed(T0 + 2)];
  const device: Device = {
    key: 'sw-a',
    keyFrom: 'origin',
    version: 3,
    peer: null,
    pid: null,
    serial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
    firstSeenAt: T0,
    lastSeenAt: T0 + 2,
    messages: 3,
    settled: newCourse,
    settledTo: T0 - 1,
    tail,
    course: newCourse,
    passedTo: T0 + 2,
  };
  t.same(unpackDevice(packDevice(device)), device);
});

t.test('SqliteStore.reproject() brings what an older version wrote to this one, and only that', async (t) => {
  const directory = temporaryDirectory(t);
  const database = openDatabase(directory);
  const store = new SqliteStore(database, projectionOf(advisory));
  t.teardown(() => store.close());
  const sightings = [{ mnemonic: 'SL_MESSAGE_FAILED', family: 'call-home', weight: 2 }, {}].map((over, n) =>
    sighted(observed(T0 + n, over), { origin: 'sw-a' }),
  );
  const { devices, copies: _, ...rest } = correlate({ devices: new Map(), aliases: new Map() }, sightings, advisory);
  const nothing = { unparsed: [], notes: [], notices: [], now: T0 };
  await store.commit({ ...rest, ...nothing, devices: [...devices.values()] });
  const before = database.prepare('SELECT * FROM device').all();
  database.exec('UPDATE device SET projected = 0, series = NULL, grace_bounded = NULL, condition = 0, deadline = NULL');
  t.same((await store.series({ now: T0, limit: 9 })).rows, []);
  await store.reproject();
  t.same(database.prepare('SELECT * FROM device').all(), before, 'its version is the same, too');
  t.match((await store.series({ now: T0, limit: 9 })).rows, [{ device: 'sw-a', series: { open: true } }]);
});
