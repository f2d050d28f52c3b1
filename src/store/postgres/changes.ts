/** What happened to incidents: their changes, and what people noted. */
import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import { limits } from '../../core/model/limits.ts';
import { parseStored } from '../codec/stored-json.ts';
import type { Note } from '../ports/batch.ts';
import type { DispositionQuery, TransitionRow } from '../ports/queries.ts';
import type { PostgresDamage } from './damage.ts';
import { columns, type Session } from './session.ts';

/** `device` and `ordinal` of the columns: an incident may have become another one's since. */
type Row = { readonly id: number; readonly device: string; readonly ordinal: number; readonly record: string };

export class PostgresChanges {
  readonly #instance: string;
  readonly #most: number;
  readonly #damage: PostgresDamage;

  /** `instance`: who stores. `most`: how many rows of changes there may be. */
  constructor(instance: string, damage: PostgresDamage, most: number = limits.transitionRows) {
    this.#instance = instance;
    this.#damage = damage;
    this.#most = most;
  }

  async transitions(session: Session, device: string, ordinal: number): Promise<TransitionRow[]> {
    const sql = 'SELECT id, device, ordinal, record FROM transition WHERE device = $1 AND ordinal = $2 ORDER BY id';
    return this.#damage.readAll('transition', await session.rows<Row>(sql, device, ordinal), changeName, transitionOf);
  }

  async notes(session: Session, device: string, ordinal: number): Promise<Note[]> {
    const sql = 'SELECT id, device, ordinal, record FROM note WHERE device = $1 AND ordinal = $2 ORDER BY id';
    return this.#damage.readAll('note', await session.rows<Row>(sql, device, ordinal), noteName, noteOf);
  }

  async dispositions(session: Session, { since, until }: DispositionQuery): Promise<DispositionCount[]> {
    return session.rows(
      `SELECT hypothesis, diagnosis, release, count(*) AS count FROM (
         SELECT DISTINCT ON (device, ordinal) at, hypothesis, diagnosis, release FROM note
         WHERE hypothesis IS NOT NULL ORDER BY device, ordinal, id DESC) AS last
       WHERE ($1::float8 IS NULL OR at >= $1) AND ($2::float8 IS NULL OR at < $2)
       GROUP BY hypothesis, diagnosis, release`,
      ...[since ?? null, until ?? null],
    );
  }

  /** Stores the changes and deletes the oldest beyond the limit. */
  async write(session: Session, changes: readonly DeviceChange[], now: number): Promise<void> {
    if (changes.length === 0) return;
    const rows = changes.map((change) => ({
      ...{ device: change.device, ordinal: change.ordinal, at: change.at, now },
      record: JSON.stringify({ ...change, decidedAt: now } satisfies TransitionRow),
    }));
    await session.run(
      `INSERT INTO transition (instance, device, ordinal, at, decided_at, record)
       SELECT $1, * FROM unnest($2::text[], $3::int4[], $4::float8[], $5::float8[], $6::text[])`,
      this.#instance,
      ...columns(rows, 'device', 'ordinal', 'at', 'now', 'record'),
    );
    await session.run('DELETE FROM transition WHERE id <= (SELECT max(id) FROM transition) - $1::int8', this.#most);
  }

  async writeNotes(session: Session, notes: readonly Note[]): Promise<void> {
    for (const note of notes) {
      const { device, ordinal, at, disposition } = note;
      const { hypothesis = null, diagnosis = null, release = null } = disposition ?? {};
      await session.run(
        `INSERT INTO note (device, ordinal, at, hypothesis, diagnosis, release, record, instance)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        ...[device, ordinal, at, hypothesis, diagnosis, release, JSON.stringify(note), this.#instance],
      );
    }
  }

  /** Changes and notes of one device from `fromOrdinal` on become those of another device's incident. */
  async move(session: Session, { from, into, fromOrdinal, intoOrdinal }: Merge): Promise<void> {
    for (const table of ['transition', 'note'])
      await session.run(
        `UPDATE ${table} SET device = $1, ordinal = $2 WHERE device = $3 AND ordinal >= $4`,
        ...[into, intoOrdinal, from, fromOrdinal],
      );
  }

  /** The notes of an incident become those of the one before it, if there is one; else they are deleted. Returns which. */
  async moveNotesBack(session: Session, device: string, ordinal: number): Promise<number | null> {
    const sql = 'SELECT max(ordinal) AS ordinal FROM incident WHERE device = $1 AND ordinal < $2';
    const [before] = await session.rows<{ ordinal: number | null }>(sql, device, ordinal);
    const to = before?.ordinal ?? null;
    if (to === null) await session.run('DELETE FROM note WHERE device = $1 AND ordinal = $2', device, ordinal);
    else await session.run('UPDATE note SET ordinal = $3 WHERE device = $1 AND ordinal = $2', device, ordinal, to);
    return to;
  }

  /** Deletes changes and notes of the incidents of a device from `first` up to `last`. */
  async removeUpTo(session: Session, device: string, last: number, first = 0): Promise<void> {
    for (const table of ['transition', 'note'])
      await session.run(`DELETE FROM ${table} WHERE device = $1 AND ordinal BETWEEN $2 AND $3`, device, first, last);
  }
}

/** What people know a damaged row by. */
export const changeName = ({ device, id }: Pick<Row, 'device' | 'id'>) => `${device}, change ${id}`;
export const noteName = ({ device, id }: Pick<Row, 'device' | 'id'>) => `${device}, note ${id}`;

export function transitionOf({ device, ordinal, record }: Omit<Row, 'id'>): TransitionRow {
  return { ...parseStored(record), device, ordinal };
}

export function noteOf({ device, ordinal, record }: Omit<Row, 'id'>): Note {
  return { ...parseStored(record), device, ordinal };
}
