import type Database from 'better-sqlite3';
import { limits } from '../../core/model/limits.ts';
import { noDamage } from '../no-damage.ts';
import type { CheckedTable, DamagedRow } from '../ports/damage.ts';
import { damagedEvidence, damagedStates, type FoundRow } from './check-rows.ts';
import { INTACT } from './checksums.ts';
import type { SqliteDevices } from './devices.ts';
import type { SqliteIncidents } from './incidents.ts';
import type { SqliteMembers } from './members.ts';
import type { SqliteNames } from './names.ts';
import type { SqliteOutbox } from './outbox.ts';
import { damagedSide, rowWords, sideTables } from './side-rows.ts';
import { prepareColumn } from './statements.ts';
import { asDamagedIndex, reindexAll, reindexOne, wrongIndexes } from './table-indexes.ts';

function prepare(database: Database.Database) {
  return {
    note: database.prepare('INSERT OR IGNORE INTO damaged (tab, name, row, why, at) VALUES (?, ?, ?, ?, ?)'),
    trim: database.prepare('DELETE FROM damaged WHERE id <= (SELECT max(id) FROM damaged) - ?'),
    counts: database.prepare<[], { tab: CheckedTable; count: number }>(
      'SELECT tab, count(*) AS count FROM damaged GROUP BY tab',
    ),
    list: database.prepare<[number], DamagedRow & { at: number }>(
      'SELECT tab AS "table", name, why, at FROM damaged ORDER BY id DESC LIMIT ?',
    ),
    forget: database.prepare('DELETE FROM damaged WHERE name = ?'),
    forgetRows: database.prepare('DELETE FROM damaged WHERE name > @begin AND name < @end'),
    removeName: database.prepare('DELETE FROM alias WHERE id = ?'),
    recordOf: prepareColumn<[number], string>(database, 'SELECT record FROM device NOT INDEXED WHERE rowid = ?'),
    taken: prepareColumn<[string, number], number>(
      database,
      'SELECT count(*) FROM device NOT INDEXED WHERE +key = ? AND rowid <> ?',
    ),
    mark: database.prepare('UPDATE device SET judged = NULL, key = ? WHERE rowid = ?'),
    removeTail: database.prepare('DELETE FROM tail WHERE id = ?'),
    markOwner: database.prepare('UPDATE device SET judged = NULL WHERE key = ?'),
    orphans: prepareColumn<[], string>(
      database,
      'DELETE FROM tail WHERE device NOT IN (SELECT key FROM device) RETURNING device',
    ),
    incident: database.prepare<[number], { device: string; record: string }>(
      'SELECT device, record FROM incident NOT INDEXED WHERE rowid = ?',
    ),
    removeIncident: database.prepare('DELETE FROM incident WHERE rowid = ?'),
    removeUnlike: database.prepare(`DELETE FROM incident WHERE device = ? AND NOT ${INTACT.incident}`),
  };
}

type Parts = {
  readonly devices: SqliteDevices;
  readonly members: SqliteMembers;
  readonly incidents: SqliteIncidents;
  readonly outbox: SqliteOutbox;
  readonly names: SqliteNames;
};

/**
 * `evidence`: look at the rows of all tables and at all indexes. `members`: make what is kept of the fleet anew. `found`: rows
 * that were left out of an answer.
 */
type Mending = { readonly evidence: boolean; readonly members: boolean; readonly found: readonly FoundRow[] };

/** Whether a damaged row is deleted: it would be found again and again by what is done with it. Others stay as they are. */
export const isTakenOut = ({ table }: FoundRow) => table === 'alias' || table === 'notice';

/**
 * Finds damaged rows and takes them out of the way. Indexes have what the row had before, so SQLite would call a change of
 * such a row a damaged database: the rows are changed while it does not mind, and then the indexes are made anew.
 */
export class SqliteDamage {
  readonly #database: Database.Database;
  readonly #parts: Parts;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database.Database, parts: Parts) {
    this.#database = database;
    this.#parts = parts;
    this.#statements = prepare(database);
  }

  /** To be called within a transaction, with caches that were cleared. */
  mend(now: number, mending: Mending): DamagedRow[] {
    const side = this.#sideRows(mending);
    if (!mending.evidence) return [...this.#mendSide(side, now), ...this.#mendRows(now, mending)];
    // What a device is made of is found by an index, so these come first; what makes two rows have the same key before them.
    const wrong = wrongIndexes(this.#database);
    const mended = [...this.#mendSide(side, now, true), ...this.#mendRows(now, mending)];
    // That the index of a damaged row differs from it is no further damage.
    const tables = new Set<string>(mended.map(({ table }) => table));
    const fresh = wrong.filter(({ table }) => !tables.has(table)).map(asDamagedIndex);
    for (const row of fresh) this.note({ ...row, rowid: Math.trunc(now) }, now);
    return [...mended, ...fresh];
  }

  /** Damaged rows of the tables beside devices and incidents. Those of a notice would be in the way of others of its sink. */
  #sideRows({ evidence, found }: Mending): FoundRow[] {
    const tables = evidence ? sideTables : (['notice'] as const);
    return [...found, ...tables.flatMap((table) => [...damagedSide(this.#database, table)])];
  }

  /** Notes these rows and deletes those that cannot stay. `all`: makes all indexes anew, else those of the rows. */
  #mendSide(rows: readonly FoundRow[], now: number, all = false): DamagedRow[] {
    const out = rows.filter(isTakenOut);
    const tables = new Set(out.map(({ table }) => table));
    const doubles = this.#tolerating(() => {
      for (const { table, rowid } of out) {
        if (table === 'alias') this.#statements.removeName.run(rowid);
        else this.#parts.outbox.removeDamaged(rowid);
      }
      return all ? reindexAll(this.#database) : [...tables].flatMap((table) => reindexOne(this.#database, table));
    });
    if (tables.has('notice')) this.#parts.outbox.unblock(now);
    this.#parts.names.clearCache();
    return [...rows, ...doubles].filter((row) => this.note(row, now)).map(withoutRowid);
  }

  #mendRows(now: number, { evidence, members }: Mending): DamagedRow[] {
    const found = [...damagedStates(this.#database), ...(evidence ? damagedEvidence(this.#database) : [])];
    const isWell = found.length === 0 && !evidence;
    const mended = isWell ? [] : this.#mendStates(found, now, evidence);
    return [...mended, ...(isWell && !members && this.#parts.members.isWhole() ? [] : this.#mendMembers(evidence))];
  }

  /** What is kept of the fleet follows from the devices, so nothing is lost of it and nothing need be noted. */
  #mendMembers(all: boolean): DamagedRow[] {
    const why = 'what the fleet shows of it was not what was stored: it is made anew';
    const load = (key: string) => this.#parts.devices.listOf([key])[0]?.device ?? null;
    const keys = this.#parts.members.mend(load, { all });
    return keys.map((name) => ({ table: 'member', name, why }));
  }

  #mendStates(found: readonly FoundRow[], now: number, evidence: boolean): DamagedRow[] {
    const fresh = found.filter((row) => this.note(row, now));
    this.#tolerating(() => {
      const owners = new Set<string>();
      for (const { table, rowid, name } of found) {
        if (table === 'device') this.#statements.mark.run(this.#keyFor(rowid, name), rowid);
        if (table === 'tail') {
          this.#statements.removeTail.run(rowid);
          owners.add(name);
        }
        if (table === 'incident') for (const owner of this.#removeIncident(rowid)) owners.add(owner);
      }
      this.#database.exec('REINDEX device; REINDEX tail; REINDEX incident');
      if (evidence) this.#database.exec('REINDEX evidence');
      for (const { table, name } of found) if (table === 'tail') this.#statements.markOwner.run(name);
      this.#statements.orphans.all();
      for (const owner of owners) this.#rewriteIncident(owner, now);
    });
    if (found.some(({ table }) => table === 'incident')) this.#parts.incidents.settleDamaged(now);
    this.#statements.trim.run(limits.damagedRows);
    return fresh.map(withoutRowid);
  }

  /** Notes a damaged row; false where it is noted already. */
  note({ table, name, rowid, why }: FoundRow, now: number): boolean {
    return this.#statements.note.run(table, name, rowid, why, now).changes > 0;
  }

  counts(): Record<CheckedTable, number> {
    const counts: Record<CheckedTable, number> = { ...noDamage };
    for (const { tab, count } of this.#statements.counts.all()) counts[tab] = count;
    return counts;
  }

  list(limit: number): (DamagedRow & { at: number })[] {
    return this.#statements.list.all(limit);
  }

  forget(key: string): void {
    this.#statements.forget.run(key);
    // Behind the word are only digits.
    for (const word of rowWords)
      this.#statements.forgetRows.run({ begin: `${key}, ${word} `, end: `${key}, ${word} :` });
  }

  /** The key in the record, if it can be read and no other row has it: the row's own key may be what is damaged. */
  #keyFor(rowid: number, name: string): string {
    const isTaken = (key: string) => (this.#statements.taken.get(key, rowid) ?? 0) > 0;
    const inRecord = keyIn(this.#statements.recordOf.get(rowid) ?? '');
    if (inRecord !== null && !isTaken(inRecord)) return inRecord;
    return isTaken(name) ? `${name} (damaged row ${rowid})` : name;
  }

  /** Returns the devices that it may have been of. */
  #removeIncident(rowid: number): string[] {
    const row = this.#statements.incident.get(rowid);
    this.#statements.removeIncident.run(rowid);
    if (row === undefined) return [];
    const inRecord = deviceIn(row.record);
    return inRecord === null ? [row.device] : [row.device, inRecord];
  }

  /**
   * The last incident of a device is in the device, too. A row that does not come back as it was written is not left: the next
   * line of the device would meet it again, and no line would be stored.
   */
  #rewriteIncident(key: string, now: number): void {
    try {
      const device = this.#parts.devices.load(key);
      if (device !== undefined) this.#parts.incidents.write([device], { changes: [], now }, { judgedAnew: true });
      this.#statements.removeUnlike.run(key);
    } catch {
      // The device is damaged itself, and will be set aside with its incident.
    }
  }

  /** In this mode SQLite changes rows whose entries in an index are not there. */
  #tolerating<T>(work: () => T): T {
    this.#database.unsafeMode(true);
    this.#database.pragma('writable_schema = ON');
    try {
      return work();
    } finally {
      this.#database.pragma('writable_schema = OFF');
      this.#database.unsafeMode(false);
    }
  }
}

const withoutRowid = ({ table, name, why }: FoundRow): DamagedRow => ({ table, name, why });

const keyIn = (record: string) => textIn(record, 'key');
const deviceIn = (record: string) => textIn(record, 'device');

function textIn(record: string, name: string): string | null {
  try {
    const value = JSON.parse(record)[name];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
