import type Database from 'better-sqlite3';
import type { Merge } from '../../core/correlate/correlate.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { GenerationalCache } from '../../core/model/generational-cache.ts';
import { limits } from '../../core/model/limits.ts';
import { EvidenceGroup, WEEK_MS } from '../evidence-retention.ts';
import { page } from '../page.ts';
import type { CheckedEvidence, MessageQuery, Page } from '../ports/queries.ts';
import { digestOf, type EvidenceRow, isIntact, packEvidence, unpackEvidence } from './codec/evidence-record.ts';

const COLUMNS = 'device, ordinal, mnemonic, at, decisive, record, digest';
const GROUP = 'device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic';

function prepare(database: Database.Database) {
  return {
    incident: database.prepare<[string, number], EvidenceRow>(
      `SELECT ${COLUMNS} FROM evidence WHERE device = ? AND ordinal = ? ORDER BY at, id`,
    ),
    messages: database.prepare<[object], EvidenceRow & { id: number }>(
      `SELECT id, ${COLUMNS} FROM evidence
       WHERE id < @before AND (@device IS NULL OR device = @device) AND (@mnemonic IS NULL OR mnemonic = @mnemonic)
       ORDER BY id DESC LIMIT @limit`,
    ),
    group: database.prepare<[string, number, string], { id: number; at: number; decisive: number }>(
      'SELECT id, at, decisive FROM evidence WHERE device = ? AND ordinal = ? AND mnemonic = ? ORDER BY id',
    ),
    lastId: database
      .prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'evidence'")
      .pluck() as Database.Statement<[], number>,
    insert: database.prepare(`INSERT INTO evidence (id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
    remove: database.prepare('DELETE FROM evidence WHERE id = ?'),
    removeDevice: database.prepare('DELETE FROM evidence WHERE device = ?'),
    removeUpTo: database.prepare('DELETE FROM evidence WHERE device = ? AND ordinal <= ?'),
    move: database.prepare(
      `UPDATE evidence SET device = @into, ordinal = @intoOrdinal WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
    mnemonics: database
      .prepare<[string, number], string>('SELECT DISTINCT mnemonic FROM evidence WHERE device = ? AND ordinal = ?')
      .pluck() as Database.Statement<[string, number], string>,
    trim: database.prepare(
      `DELETE FROM evidence WHERE ${GROUP}
         AND id NOT IN (SELECT id FROM evidence WHERE ${GROUP} ORDER BY id LIMIT @first)
         AND id NOT IN (SELECT id FROM evidence WHERE ${GROUP} ORDER BY id DESC LIMIT @last)
         AND id NOT IN (SELECT id FROM evidence WHERE ${GROUP} AND decisive = 1 ORDER BY id LIMIT @decisive)
         AND id NOT IN (SELECT min(id) FROM evidence WHERE ${GROUP} GROUP BY CAST(at / @week AS INTEGER))`,
    ),
  };
}

/** Rows of evidence. What the bounds on them need to know of the groups written last is held in memory. */
export class SqliteEvidence {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #groups = new GenerationalCache<string, EvidenceGroup>(limits.cachedGroups);

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  proofs(device: string, ordinal: number): CheckedEvidence[] {
    const rows = this.#statements.incident.all(device, ordinal);
    return rows.map((row) => ({ row: unpackEvidence(row), intact: isIntact(row) }));
  }

  messages({ device, mnemonic, after, limit }: MessageQuery): Page<Evidence> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const query = { before, device: device ?? null, mnemonic: mnemonic ?? null, limit: limit + 1 };
    const { rows, next } = page(this.#statements.messages.all(query), limit, ({ id }) => `${id}`);
    return { rows: rows.map(unpackEvidence), next };
  }

  /** In their order. What leaves again within the same rows is never written; its numbers stay unused. */
  write(rows: readonly Evidence[]): void {
    if (rows.length === 0) return;
    const first = (this.#statements.lastId.get() ?? 0) + 1;
    const leaving = new Set<number>();
    for (const [index, row] of rows.entries()) {
      const id = this.#groupOf(row).add({ id: first + index, at: row.at, decisive: row.decisive });
      if (id !== null) leaving.add(id);
    }
    for (const [index, row] of rows.entries()) if (!leaving.delete(first + index)) this.#insert(first + index, row);
    for (const id of leaving) this.#statements.remove.run(id);
  }

  #groupOf({ device, ordinal, mnemonic }: Evidence): EvidenceGroup {
    const key = `${ordinal} ${mnemonic} ${device}`;
    const held = this.#groups.get(key);
    if (held !== undefined) return held;
    const stored = this.#statements.group.all(device, ordinal, mnemonic);
    const group = new EvidenceGroup(stored.map(({ id, at, decisive }) => ({ id, at, decisive: decisive === 1 })));
    this.#groups.set(key, group);
    return group;
  }

  #insert(id: number, row: Evidence): void {
    const { device, ordinal, mnemonic, at } = row;
    const decisive = Number(row.decisive);
    const record = packEvidence(row);
    const digest = digestOf({ mnemonic, at, decisive, record });
    this.#statements.insert.run(id, device, ordinal, mnemonic, at, decisive, record, digest);
  }

  /** What a device had from `fromOrdinal` on is another's. Two sets of rows become one. */
  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    this.forget();
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
    if (this.#statements.removeDevice.run(key).changes > 0) this.forget();
  }

  /** Of past incidents, to which no line comes any more. */
  removeUpTo(device: string, ordinal: number): void {
    this.#statements.removeUpTo.run(device, ordinal);
  }

  /** What is held may not be what the file has any more. */
  forget(): void {
    this.#groups.clear();
  }
}
