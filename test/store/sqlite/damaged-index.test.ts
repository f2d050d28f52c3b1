/** A bit is flipped in an index, or in a row that only indexes and other rows can be compared with. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { judgingAnew } from '../../../src/operate/bring-over.ts';
import { everyRow } from '../../../src/store/every-page.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { damagedRows } from '../../../src/store/sqlite/check-rows.ts';
import { registerRowSum } from '../../../src/store/sqlite/checksums.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { problemsOf } from '../../../src/store/sqlite/table-indexes.ts';
import { advisory, temporaryDirectory } from '../../given.ts';
import { Random } from '../../simulation/random.ts';
import { writeOldDatabase } from './old-database.ts';

const seed = Number(process.env['SEED'] ?? 72298);
const FLIPS = Number(process.env['RUNS'] ?? 4);

type Leaf = { readonly name: string; readonly pageno: number; readonly unused: number };

/** Leaves of all indexes, and of what is kept of the fleet. A table without row ids is an index itself. */
function leavesIn(file: string): Leaf[] {
  const database = new Database(file, { readonly: true });
  const leaves = database
    .prepare<[], Leaf>(
      `SELECT name, pageno, unused FROM dbstat WHERE pagetype = 'leaf' AND ncell > 0 AND (name IN ('member', 'fleet_count')
         OR name IN (SELECT name FROM sqlite_master WHERE type = 'index'))`,
    )
    .all();
  database.close();
  return leaves;
}

async function seen(store: SqliteStore) {
  const devices = await everyRow((after) => store.devices({ after, limit: 100 }));
  const incidents = await everyRow((after) => store.incidents({ after, limit: 100 }));
  const { incidents: _, ...counts } = await store.counts(0);
  return { devices, incidents, counts, fleet: await store.fleet(0) };
}

const isDamage = (error: unknown) => (error as { code?: unknown }).code === 'QVW_DATABASE_DAMAGED';

t.test('An index that a flipped bit has changed hides nothing after a start', async (t) => {
  t.comment(`seed ${seed}`);
  const random = new Random(seed);
  const root = temporaryDirectory(t);
  const data = join(root, 'whole');
  await writeOldDatabase(data, advisory);
  const openAt = (directory: string) => new SqliteStore(openDatabase(directory), projectionOf(advisory));
  const whole = openAt(data);
  const judge = judgingAnew({ store: whole, advisory, routes: [], now: () => 0 });
  while ((await judge()) !== null);
  const before = await seen(whole);
  await whole.close();
  const bytes = readFileSync(join(data, DATABASE_NAME));
  const size = bytes.readUInt16BE(16);
  const leaves = leavesIn(join(data, DATABASE_NAME));
  t.ok(leaves.length > 20, `${leaves.length} leaves`);
  let [mended, refused] = [0, 0];
  for (const [place, { name, pageno }] of leaves.entries()) {
    for (let run = 0; run < FLIPS; run++) {
      const copy = join(root, `${place}-${run}`);
      mkdirSync(copy);
      const changed = Buffer.from(bytes);
      const cells = changed.readUInt16BE((pageno - 1) * size + 5) || size;
      const at = (pageno - 1) * size + cells + random.below(size - cells);
      const bit = random.below(8);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
      writeFileSync(join(copy, DATABASE_NAME), changed);
      const what = `${name}, page ${pageno}, byte ${at - (pageno - 1) * size}, bit ${bit}`;
      const offline = new Database(join(copy, DATABASE_NAME), { readonly: true });
      registerRowSum(offline);
      const isWhole = problemsOf(offline, 'integrity_check', 1).length === 0;
      let store: SqliteStore;
      try {
        store = openAt(copy);
      } catch (error) {
        // A page that SQLite cannot read as one.
        if (!isDamage(error)) throw error;
        refused++;
        offline.close();
        continue;
      }
      if (!isWhole && [...damagedRows(offline)].length === 0) t.fail(`${what}: check finds nothing`);
      offline.close();
      const named = await store.mend(0).catch((error) => {
        if (!isDamage(error)) throw error;
        return null;
      });
      if (named === null) {
        // A length in the page, which SQLite cannot even empty: the start is refused.
        refused++;
        await store.close();
        continue;
      }
      if (!isWhole) {
        mended++;
        if (named.length === 0) t.fail(`${what}: is not named`);
        t.strictSame(await seen(store), before, `${what}: all is there`);
        const keys = before.devices.map(({ key }) => key);
        await store.forget(keys, 0);
      }
      await store.close();
      const again = new Database(join(copy, DATABASE_NAME), { readonly: true });
      if (again.pragma('integrity_check', { simple: true }) !== 'ok') t.fail(`${what}: the file is left in disorder`);
      again.close();
    }
  }
  t.comment(`${mended} mended, ${refused} refused as a whole`);
  t.ok(mended > leaves.length, `${mended} files are mended`);
});
