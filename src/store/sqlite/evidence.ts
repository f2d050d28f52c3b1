import type Database from 'better-sqlite3';
import type { Merge } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import { digestOf, type EvidenceRow, isIntact, packEvidence, unpackEvidence } from '../codec/evidence-record.ts';
import { EvidenceGroup, WEEK_MS } from '../evidence-retention.ts';
import type { CheckedEvidence, MessageQuery, Page } from '../ports/queries.ts';
import { evidenceName, evidenceProblem, type FoundRow } from './check-rows.ts';
import { INTACT, rowSum } from './checksums.ts';
import { Slices } from './fleet-counts.ts';
import { type MessageLook, MessagePages } from './message-pages.ts';
import { prepareColumn } from './statements.ts';

const COLUMNS = 'device, ordinal, mnemonic, at, decisive, record, digest';
const READ = `id, ${COLUMNS}, ${INTACT.evidence} AS sumIntact`;
const GROUP = 'device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic';

function prepare(database: Database.Database) {
  return {
    since: database.prepare<[string, number], StoredEvidence>(
      `SELECT ${READ} FROM evidence WHERE device = ? AND ordinal >= ? ORDER BY at, id`,
    ),
    one: database.prepare<[number], StoredEvidence>(`SELECT ${READ} FROM evidence WHERE id = ?`),
    updateRecord: database.prepare('UPDATE evidence SET record = ?, digest = ?, sum = ? WHERE id = ?'),
    update: database.prepare(
      'UPDATE evidence SET record = ?, digest = ?, sum = ?, ordinal = ?, mnemonic = ?, decisive = ?, at = ? WHERE id = ?',
    ),
    raw: prepareColumn<[string], string>(database, 'SELECT record FROM evidence WHERE device = ? ORDER BY id'),
    incident: database.prepare<[string, number], StoredEvidence>(
      `SELECT ${READ} FROM evidence WHERE device = ? AND ordinal = ? ORDER BY at, id`,
    ),
    group: database.prepare<[string, number, string], { id: number; at: number; decisive: number }>(
      'SELECT id, at, decisive FROM evidence WHERE device = ? AND ordinal = ? AND mnemonic = ? ORDER BY id',
    ),
    hasAny: prepareColumn<[string], number>(database, 'SELECT 1 FROM evidence WHERE device = ? LIMIT 1'),
    lastId: prepareColumn<[], number>(database, "SELECT seq FROM sqlite_sequence WHERE name = 'evidence'"),
    insert: database.prepare(`INSERT INTO evidence (id, ${COLUMNS}, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    remove: database.prepare('DELETE FROM evidence WHERE id = ?'),
    removeDevice: database.prepare('DELETE FROM evidence WHERE device = ?'),
    removeOf: database.prepare('DELETE FROM evidence WHERE device = ? AND ordinal = ?'),
    removeUpTo: database.prepare('DELETE FROM evidence WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE evidence SET device = @into, ordinal = @intoOrdinal,
         sum = CASE WHEN ${INTACT.evidence} THEN row_sum(ifnull(digest, ''), @into, @intoOrdinal) ELSE sum END
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
    mnemonics: prepareColumn<[string, number], string>(
      database,
      'SELECT DISTINCT mnemonic FROM evidence WHERE device = ? AND ordinal = ?',
    ),
    trim: database.prepare(
      `DELETE FROM evidence WHERE ${GROUP}
         AND id NOT IN (SELECT id FROM evidence WHERE ${GROUP} ORDER BY id LIMIT @first)
         AND id NOT IN (SELECT id FROM evidence WHERE ${GROUP} ORDER BY id DESC LIMIT @last)
         AND id NOT IN (SELECT id FROM evidence WHERE ${GROUP} AND decisive = 1 ORDER BY id LIMIT @decisive)
         AND id NOT IN (SELECT min(id) FROM evidence WHERE ${GROUP} GROUP BY CAST(at / @week AS INTEGER))`,
    ),
  };
}

/** Rows that are read without looking at the clock. */
const ROWS_AT_ONCE = 20;
const NONE: ReadonlySet<string> = new Set();

/** A row with its id in the file. */
export type StoredEvidence = EvidenceRow & { readonly id: number; readonly sumIntact: number };

/** Rows of evidence. The retention state of the groups that were written last is cached in memory. */
export class SqliteEvidence {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #onDamaged: (row: StoredEvidence, why: string) => void;
  readonly #messages: MessagePages;
  readonly #groups = new GenerationalCache<string, EvidenceGroup>(limits.cachedGroups);

  /** `onDamaged`: called for each row that is left out of an answer. */
  constructor(database: Database.Database, onDamaged: (row: FoundRow) => void = () => {}, look?: MessageLook) {
    this.#onDamaged = ({ id, device }, why) =>
      onDamaged({ table: 'evidence', name: evidenceName({ device, id }), rowid: id, why });
    this.#statements = prepare(database);
    this.#messages = new MessagePages(database, look);
  }

  /** In event-time order, each row with the result of its check. Rows that cannot be read at all are left out. */
  checked(device: string, ordinal: number): CheckedEvidence[] {
    const found: CheckedEvidence[] = [];
    for (const row of this.#statements.incident.all(device, ordinal)) {
      if (this.#isReadable(row)) found.push({ row: unpackEvidence(row), intact: isIntact(row) });
      else if (canBeUnpacked(row)) found.push({ row: unpackEvidence(row), intact: false });
    }
    return found;
  }

  /** The row with this number; null where it is not there, or is not what was stored. */
  one(id: number): Evidence | null {
    const row = this.#statements.one.get(id);
    return row !== undefined && this.#isReadable(row) ? unpackEvidence(row) : null;
  }

  /** The rows of a device from an incident on, in event-time order. */
  since(device: string, ordinal: number): StoredEvidence[] {
    return this.#statements.since.all(device, ordinal).filter((row) => this.#isReadable(row));
  }

  /** Gives a stored row another meaning, and another time where it was pulled back. `clearCache()` is to be called afterwards. */
  rewrite({ id, ...stored }: StoredEvidence, row: Evidence): void {
    const { device } = stored;
    const { ordinal, mnemonic, at } = row;
    const [decisive, record] = [Number(row.decisive), packEvidence(row)];
    const digest = digestOf({ mnemonic, at, decisive, record });
    const sum = rowSum(digest, device, ordinal);
    const stays =
      ordinal === stored.ordinal && mnemonic === stored.mnemonic && decisive === stored.decisive && at === stored.at;
    // SQLite does not touch the index of columns that an UPDATE does not name.
    if (stays) this.#statements.updateRecord.run(record, digest, sum, id);
    else this.#statements.update.run(record, digest, sum, ordinal, mnemonic, decisive, at, id);
  }

  /** The records of all rows of a device as they are in the file, also if they cannot be read. */
  recordsOf(device: string): string[] {
    return this.#statements.raw.all(device);
  }

  async messages(query: MessageQuery): Promise<Page<Evidence>> {
    const { rows: ids, next } = await this.#messages.read(query);
    const slices = new Slices();
    const rows: Evidence[] = [];
    for (const [index, id] of ids.entries()) {
      if (index % ROWS_AT_ONCE === 0) await slices.next();
      // Other work may have deleted it since.
      const row = this.one(id);
      if (row !== null) rows.push(row);
    }
    return { rows, next };
  }

  /**
   * Writes the rows in their order. A row that a later one of the same call evicts is never written; its id stays unused.
   * `added`: devices that are new; most of them have no rows yet, so that their groups need not be read.
   */
  write(rows: readonly Evidence[], added: ReadonlySet<string> = NONE): void {
    if (rows.length === 0) return;
    const first = (this.#statements.lastId.get() ?? 0) + 1;
    const evicted = new Set<number>();
    const empty = new Set<string>();
    for (const key of added) if (this.#statements.hasAny.get(key) === undefined) empty.add(key);
    for (const [index, row] of rows.entries()) {
      const id = this.#groupOf(row, empty).add({ id: first + index, at: row.at, decisive: row.decisive });
      if (id !== null) evicted.add(id);
    }
    for (const [index, row] of rows.entries()) if (!evicted.delete(first + index)) this.#insert(first + index, row);
    for (const id of evicted) this.#statements.remove.run(id);
  }

  #isReadable(row: StoredEvidence): boolean {
    const why = evidenceProblem(row);
    if (why !== null) this.#onDamaged(row, why);
    return why === null;
  }

  #groupOf({ device, ordinal, mnemonic }: Evidence, empty: ReadonlySet<string>): EvidenceGroup {
    const key = `${ordinal} ${mnemonic} ${device}`;
    const cached = this.#groups.get(key);
    if (cached !== undefined) return cached;
    const stored = empty.has(device) ? [] : this.#statements.group.all(device, ordinal, mnemonic);
    const group = new EvidenceGroup(stored.map(({ id, at, decisive }) => ({ id, at, decisive: decisive === 1 })));
    this.#groups.set(key, group);
    return group;
  }

  #insert(id: number, row: Evidence): void {
    const { device, ordinal, mnemonic, at } = row;
    const decisive = Number(row.decisive);
    const record = packEvidence(row);
    const digest = digestOf({ mnemonic, at, decisive, record });
    const sum = rowSum(digest, device, ordinal);
    this.#statements.insert.run(id, device, ordinal, mnemonic, at, decisive, record, digest, sum);
  }

  /** The rows of one device from `fromOrdinal` on become rows of another device's incident, whose groups are trimmed again. */
  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    this.clearCache();
    this.#statements.move.run({ from, into, fromOrdinal, intoOrdinal });
    for (const mnemonic of this.#statements.mnemonics.all(into, intoOrdinal)) {
      this.#statements.trim.run({
        device: into,
        ordinal: intoOrdinal,
        mnemonic,
        first: limits.evidenceFirst,
        last: limits.evidenceLast,
        decisive: limits.evidenceDecisive,
        week: WEEK_MS,
      });
    }
  }

  removeDevice(key: string): void {
    if (this.#statements.removeDevice.run(key).changes > 0) this.clearCache();
  }

  /** Deletes the rows of one incident. Returns how many. */
  removeOf(device: string, ordinal: number): number {
    const { changes } = this.#statements.removeOf.run(device, ordinal);
    if (changes > 0) this.clearCache();
    return changes;
  }

  /** Deletes the rows of past incidents, which receive no lines any more: their groups need not leave the cache. */
  removeUpTo(device: string, ordinal: number): void {
    this.#statements.removeUpTo.run(device, ordinal);
  }

  /** To be called when the file may have changed, or a transaction was rolled back. */
  clearCache(): void {
    this.#groups.clear();
  }
}

function canBeUnpacked(row: StoredEvidence): boolean {
  try {
    unpackEvidence(row);
    return true;
  } catch {
    return false;
  }
}
