import type Database from 'better-sqlite3';
import { NO_NAME } from '../../core/decode/name-hash.ts';
import type { Gap } from '../../core/loss/gaps.ts';
import { continuesGap, type GapSources } from '../gap-rows.ts';
import type { GapStore } from '../ports/gaps.ts';
import type { LineGap } from '../ports/timeline.ts';
import type { Head } from '../timeline.ts';
import { inTransaction } from './failures.ts';

type Row = { id: number; from: number; to: number; lost: number; atMost: number };
const COLUMNS = 'id, from_at AS "from", to_at AS "to", lost, at_most AS atMost';
const OF = `((peer IN (SELECT value FROM json_each(@peers)) AND name IN (SELECT value FROM json_each(@names)))
  OR (peer IN (SELECT value FROM json_each(@own)) AND name = ${NO_NAME}))`;

function prepare(database: Database.Database) {
  return {
    last: database.prepare<[string, number], Row>(
      `SELECT ${COLUMNS} FROM gap WHERE peer = ? AND name = ? ORDER BY to_at DESC, id DESC LIMIT 1`,
    ),
    insert: database.prepare('INSERT INTO gap (peer, name, from_at, to_at, lost, at_most) VALUES (?, ?, ?, ?, ?, ?)'),
    extend: database.prepare('UPDATE gap SET to_at = ?, lost = ?, at_most = ? WHERE id = ?'),
    trim: database.prepare('DELETE FROM gap WHERE id <= ?'),
    one: database.prepare<[number], Row>(`SELECT ${COLUMNS} FROM gap WHERE id = ?`),
    heads: database.prepare<[object], Head>(
      `SELECT to_at AS at, id FROM gap WHERE ${OF} AND to_at BETWEEN @since AND @until AND (to_at, id) < (@at, @id)
       ORDER BY to_at DESC, id DESC LIMIT @limit`,
    ),
    forget: database.prepare(`DELETE FROM gap WHERE ${OF}`),
  };
}

/** Gaps of lost lines. */
export class SqliteGaps implements GapStore {
  readonly #database: Database.Database;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #most: number;

  /** `most`: how many rows there may be; beyond it the oldest are deleted. */
  constructor(database: Database.Database, most: number) {
    this.#database = database;
    this.#statements = prepare(database);
    this.#most = most;
  }

  async add(gaps: readonly Gap[]): Promise<void> {
    const { last, insert, extend, trim } = this.#statements;
    inTransaction(this.#database, () => {
      let newest = 0;
      for (const gap of gaps) {
        const before = last.get(gap.peer, gap.name);
        if (before !== undefined && continuesGap(gapOf(before), gap)) {
          const atMost = Number(before.atMost === 1 || gap.atMost);
          extend.run(Math.max(before.to, gap.to), before.lost + gap.lost, atMost, before.id);
        } else {
          const { peer, name, from, to, lost, atMost } = gap;
          newest = Number(insert.run(peer, name, from, to, lost, Number(atMost)).lastInsertRowid);
        }
      }
      if (newest > 0) trim.run(newest - this.#most);
    });
  }

  /** Those of a device whose end is within these times. */
  heads(
    sources: GapSources,
    range: { readonly from: number; readonly to: number },
    before: Head,
    limit: number,
  ): Head[] {
    return this.#statements.heads.all({
      ...parametersOf(sources),
      ...{ since: range.from, until: range.to, ...before, limit },
    });
  }

  one(id: number): LineGap | null {
    const row = this.#statements.one.get(id);
    return row === undefined ? null : gapOf(row);
  }

  /** Within a transaction. */
  forget(sources: GapSources): void {
    this.#statements.forget.run(parametersOf(sources));
  }
}

function parametersOf({ peers, names, own }: GapSources) {
  return { peers: JSON.stringify(peers), names: JSON.stringify(names), own: JSON.stringify(own) };
}

function gapOf({ from, to, lost, atMost }: Row): LineGap {
  return { from, to, lost, atMost: atMost === 1 };
}
