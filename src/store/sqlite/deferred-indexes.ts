/**
 * An archive that fills an empty database is stored without the indexes that only questions of people need; they are built
 * once at its end, which takes a fraction of keeping each of them in order row by row. Rows and checksums are as ever, and so
 * are commits: a replay that is killed leaves what it has committed. The table `deferred_index` then says which indexes are
 * missing, and the next opening builds them.
 */
import type Database from 'better-sqlite3';

/** Indexes that nothing asks for while an archive is stored. An index that is not named here stays. */
const DEFERRED = new Set([
  ...[
    'plant',
    'product',
    'release',
    'condition',
    'heard',
    'failing',
    'failed',
    'train',
    'fixed',
    'success',
    'grace_plant',
  ]
    .concat(['grace_product', 'grace_release', 'verified', 'urgency'])
    .map((name) => `member_${name}`),
  ...['deadline', 'series', 'grace', 'judged', 'projected'].map((name) => `device_${name}`),
  ...['incident_columns', 'evidence_mnemonic', 'transition_decided'],
]);
/** Tables whose rows an archive makes. */
const FILLED = ['device', 'incident', 'evidence', 'transition', 'alias'];
const TABLE = 'deferred_index';

type Index = { readonly name: string; readonly sql: string };

/** Drops the indexes, if the database has no rows yet; the caller has it alone. Returns whether it has dropped them. */
export function deferIndexes(database: Database.Database): boolean {
  const isFilled = FILLED.some((table) => database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined);
  if (isFilled) return false;
  database.transaction(() => {
    const indexes = database
      .prepare<[], Index>("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
      .all()
      .filter(({ name }) => DEFERRED.has(name));
    database.exec(`CREATE TABLE ${TABLE} (name TEXT NOT NULL, sql TEXT NOT NULL) STRICT`);
    const insert = database.prepare(`INSERT INTO ${TABLE} (name, sql) VALUES (?, ?)`);
    for (const { name, sql } of indexes) {
      insert.run(name, sql);
      database.exec(`DROP INDEX ${name}`);
    }
  })();
  return true;
}

/** Whether indexes are missing, as an archive was not stored to its end. */
export function hasDeferredIndexes(database: Database.Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(TABLE) !== undefined;
}

/** Builds the indexes that are missing, all or none; usually none is. */
export function buildDeferredIndexes(database: Database.Database): void {
  if (!hasDeferredIndexes(database)) return;
  database.transaction(() => {
    const indexes = database.prepare<[], Index>(`SELECT name, sql FROM ${TABLE} ORDER BY rowid`).all();
    for (const { sql } of indexes) database.exec(sql);
    database.exec(`DROP TABLE ${TABLE}`);
  })();
}
