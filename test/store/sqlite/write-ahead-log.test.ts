/** Write-ahead logs as a kill leaves them, and with a bit flipped: what SQLite reads of them, and what is said. */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { projectionOf } from '../../../src/store/projection.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { commitsBehindDamage as commitsOf, keepDamagedLog } from '../../../src/store/sqlite/write-ahead-log.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { Random } from '../../simulation/random.ts';

const seed = Number(process.env['SEED'] ?? 72298);
const ROWS = 40;

function commitsBehindDamage(log: Buffer): number {
  let at = 0;
  return commitsOf((bytes) => {
    if (at + bytes > log.length) return null;
    at += bytes;
    return log.subarray(at - bytes, at);
  });
}

/** A database with one row a transaction in its log, not closed: copied as a kill leaves it. `restarted`: frames of a former log follow. */
function killed(t: Test, { restarted = false, rows = ROWS } = {}): { base: Buffer; log: Buffer } {
  const file = join(temporaryDirectory(t), 'live.db');
  const database = new Database(file);
  t.teardown(() => database.close());
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)');
  const add = (id: number) => database.prepare('INSERT INTO row VALUES (?, ?)').run(id, 'x'.repeat(700));
  if (restarted) {
    for (let id = 1000; id < 1200; id++) add(id);
    database.exec('DELETE FROM row');
  }
  database.pragma('wal_checkpoint(RESTART)');
  for (let id = 0; id < rows; id++) add(id);
  return { base: readFileSync(file), log: readFileSync(`${file}-wal`) };
}

/** How many rows SQLite finds. */
function rowsIn(directory: string, base: Buffer, log: Buffer): number {
  const file = join(directory, `${readdirSync(directory).length}.db`);
  writeFileSync(file, base);
  writeFileSync(`${file}-wal`, log);
  const database = new Database(file);
  const found = database.prepare<[], number>('SELECT count(*) FROM row').pluck().get() ?? 0;
  database.close();
  return found;
}

t.test('a bit that is flipped in a log is found where SQLite loses what stands behind it', async (t) => {
  t.comment(`seed ${seed}`);
  const random = new Random(seed);
  for (const restarted of [false, true]) {
    const { base, log } = killed(t, { restarted });
    const directory = temporaryDirectory(t);
    t.equal(commitsBehindDamage(log), 0);
    t.equal(rowsIn(directory, base, log), ROWS);
    let found = 0;
    for (let run = 0; run < 150; run++) {
      const at = 32 + random.below(log.length - 32);
      const flipped = Buffer.from(log);
      flipped[at] = (flipped[at] as number) ^ (1 << random.below(8));
      const lost = ROWS - rowsIn(directory, base, flipped);
      const commits = commitsBehindDamage(flipped);
      if (commits > 0) found++;
      // The frame behind a damaged sum does not fit either, and one transaction may be a torn one.
      if (lost > 3 && commits < lost - 3) t.fail(`byte ${at}: ${lost} rows are lost, ${commits} transactions are seen`);
      if (commits > lost) t.fail(`byte ${at}: ${lost} rows are lost, ${commits} transactions are seen`);
    }
    t.ok(found > 20, `${found}`);
  }
});

t.test('a log that a kill or a power cut has left is sound', async (t) => {
  const { log } = killed(t);
  const random = new Random(seed);
  for (let run = 0; run < 100; run++) {
    const end = random.below(log.length);
    t.equal(commitsBehindDamage(log.subarray(0, end)), 0, `the first ${end} bytes`);
    const torn = Buffer.from(log);
    torn.fill(0, end);
    if (commitsBehindDamage(torn) !== 0) t.fail(`zeroes from ${end}`);
  }
  t.equal(commitsBehindDamage(Buffer.from('no log at all, but some forty bytes of text')), 0);
});

t.test('a log that is longer than what is read at once is read whole', async (t) => {
  const { base, log } = killed(t, { rows: 700 });
  t.ok(log.length > 2.5 * 2 ** 20, `${log.length} bytes`);
  const file = join(temporaryDirectory(t), 'long.db');
  writeFileSync(file, base);
  for (const share of [0.1, 0.5, 0.9]) {
    const flipped = Buffer.from(log);
    const at = Math.floor(log.length * share);
    flipped[at] = (flipped[at] as number) ^ 1;
    writeFileSync(`${file}-wal`, flipped);
    const found = keepDamagedLog(file);
    t.ok(found !== null && found.commits > 50);
    t.equal(found?.commits, commitsBehindDamage(flipped));
  }
  writeFileSync(`${file}-wal`, log);
  t.equal(keepDamagedLog(file), null);
});

t.test('a store says once that its log was damaged, and a copy of the log stays', async (t) => {
  const data = temporaryDirectory(t);
  const live = openDatabase(data);
  for (let at = 0; at < 30; at++) live.prepare('INSERT OR REPLACE INTO retention VALUES (1, ?)').run(at);
  const copy = temporaryDirectory(t);
  copyFileSync(join(data, 'quovadis.db'), join(copy, 'quovadis.db'));
  const log = readFileSync(join(data, 'quovadis.db-wal'));
  live.close();
  const size = 24 + log.readUInt32BE(8);
  const frames = Math.floor((log.length - 32) / size);
  t.ok(frames > 10, `${frames}`);
  log[32 + (frames - 8) * size + 100] = 0xff ^ (log[32 + (frames - 8) * size + 100] as number);
  writeFileSync(join(copy, 'quovadis.db-wal'), log);
  const open = () => new SqliteStore(openDatabase(copy), projectionOf(advisory));
  const store = open();
  const [row, ...more] = await store.mend(0);
  t.strictSame(more, []);
  t.match(row, { table: 'wal', why: /transactions or more behind its damage are lost/ });
  t.ok(existsSync(row?.name ?? ''));
  t.strictSame(readFileSync(row?.name ?? ''), log);
  t.strictSame(await store.mend(0), []);
  t.equal((await store.countDamaged()).wal, 1);
  await store.close();
  t.equal(keepDamagedLog(join(copy, 'quovadis.db')), null);
});
