/** After a clean stop a start needs not read all pages; whatever else has happened to the file, damage is found. */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { engines } from '../../../src/store/open-store.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { isCleanStop } from '../../../src/store/sqlite/clean-stop.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { callHome, commit, keysOf, observation } from '../written.ts';

const open = (directory: string) => engines.sqlite(directory).open(projectionOf(advisory), 'service');

/** A database with an incident, after a clean stop. */
async function stopped(t: Test): Promise<{ directory: string; file: string }> {
  const directory = temporaryDirectory(t);
  const store = await open(directory);
  await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
  await store.close();
  return { directory, file: join(directory, DATABASE_NAME) };
}

/** Pages in the middle of the file. Its size stays, and so does the time of its last change. */
function damage(file: string): void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4096 * 2, 4096 * 5);
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime);
}

t.test('SqliteStore.close() notes a clean stop, which the next opening takes away', async (t) => {
  const { directory, file } = await stopped(t);
  t.ok(isCleanStop(file));
  const store = await open(directory);
  t.notOk(isCleanStop(file), 'a process that is killed now leaves no note');
  t.same(await keysOf(store), ['sw-a']);
  await store.close();
  t.ok(isCleanStop(file));
});

t.test('openDatabase() finds a damaged page after a clean stop', async (t) => {
  const { directory, file } = await stopped(t);
  damage(file);
  t.notOk(isCleanStop(file));
  t.throws(() => openDatabase(directory), { code: 'QVW_DATABASE_DAMAGED' });
});

t.test('openDatabase() finds a damaged page in a copy with all files beside it', async (t) => {
  const { directory } = await stopped(t);
  const copy = temporaryDirectory(t);
  cpSync(directory, copy, { recursive: true, preserveTimestamps: true });
  t.notOk(isCleanStop(join(copy, DATABASE_NAME)));
  damage(join(copy, DATABASE_NAME));
  t.throws(() => openDatabase(copy), { code: 'QVW_DATABASE_DAMAGED' });
});

t.test('openDatabase() reads all pages where the last changes are in the log', async (t) => {
  const { directory, file } = await stopped(t);
  const note = readFileSync(`${file}-clean`);
  const store = await open(directory);
  await commit(store, observation('sw-b', 0, callHome));
  // As if the note were there, and the process killed.
  const killed = join(temporaryDirectory(t), 'killed');
  mkdirSync(killed);
  writeFileSync(`${file}-clean`, note);
  t.notOk(isCleanStop(file));
  for (const suffix of ['', '-wal', '-clean'])
    copyFileSync(`${file}${suffix}`, join(killed, `${DATABASE_NAME}${suffix}`));
  await store.close();
  damage(join(killed, DATABASE_NAME));
  t.throws(() => openDatabase(killed), { code: 'QVW_DATABASE_DAMAGED' });
});

t.test('SqliteStore.close() notes nothing of a file that has replaced its own', async (t) => {
  const { directory, file } = await stopped(t);
  const other = await stopped(t);
  const store = await open(directory);
  renameSync(file, `${file}.away`);
  copyFileSync(other.file, file);
  await store.close();
  t.notOk(isCleanStop(file));
});

t.test('SqliteStore.close() notes nothing where no service was stopped', async (t) => {
  const { directory, file } = await stopped(t);
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  await store.close();
  t.notOk(isCleanStop(file));
});

t.test('SqliteStore.close() notes nothing where only rows were read', async (t) => {
  const { directory, file } = await stopped(t);
  const note = statSync(`${file}-clean`, { bigint: true }).mtimeNs;
  const store = new SqliteStore(openDatabase(directory, { readonly: true }), projectionOf(advisory));
  t.same(await keysOf(store), ['sw-a']);
  await store.close();
  t.equal(statSync(`${file}-clean`, { bigint: true }).mtimeNs, note, 'the note of the last stop stays');
  t.ok(isCleanStop(file));
});
