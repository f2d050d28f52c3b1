import type Database from 'better-sqlite3';
import type { Unparsed } from '../ports/batch.ts';
import type { Counts } from '../ports/queries.ts';

export type Statements = ReturnType<typeof prepare>;

/** Every statement of the store, prepared once. */
export function prepare(database: Database.Database) {
  const text = <P extends unknown[]>(sql: string) =>
    database.prepare<P, string>(sql).pluck() as Database.Statement<P, string>;
  return {
    foreign: database.prepare<[], number>('PRAGMA data_version').pluck() as Database.Statement<[], number>,
    series: database.prepare<[object], { device: string; rank: number; lastSeen: number; series: string }>(
      `SELECT key AS device, series_rank AS rank, last_seen AS lastSeen, series FROM device
       WHERE series IS NOT NULL AND (series_rank, key) > (@rank, @after)
         AND (series_until IS NULL OR series_until > @now)
       ORDER BY series_rank, key LIMIT @limit`,
    ),
    graceCount: database
      .prepare<[object], number>(
        `SELECT count(*) FROM device WHERE grace_until IS NOT NULL AND grace_until >= @from AND grace_until < @to`,
      )
      .pluck() as Database.Statement<[object], number>,
    boundedCount: database
      .prepare<[], number>('SELECT count(*) FROM device WHERE grace_bounded = 1')
      .pluck() as Database.Statement<[], number>,
    incident: text<[string]>('SELECT record FROM incident WHERE id = ?'),
    incidents: text<[object]>(
      `SELECT record FROM incident
       WHERE (opened_at, device, id) > (@openedAt, @fromDevice, @id)
         AND (@state IS NULL OR state = @state) AND (@severity IS NULL OR severity = @severity)
         AND (@device IS NULL OR device = @device)
       ORDER BY opened_at, device, id LIMIT @limit`,
    ),
    incidentCounts: database.prepare<[], Counts['incidents'][number]>(
      'SELECT state, severity, count(*) AS count FROM incident GROUP BY state, severity',
    ),
    upsertIncident: database.prepare(
      `INSERT INTO incident (id, device, ordinal, state, severity, opened_at, record)
       VALUES (@id, @device, @ordinal, @state, @severity, @openedAt, @record)
       ON CONFLICT (id) DO UPDATE SET state = @state, severity = @severity, opened_at = @openedAt, record = @record`,
    ),
    updateIncident: database.prepare(
      'UPDATE incident SET record = ? WHERE id = ? AND state = ? AND severity = ? AND opened_at = ?',
    ),
    deleteIncident: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal = ?'),
    hasIncident: database.prepare<[string], number>('SELECT 1 FROM incident WHERE device = ? LIMIT 1'),
    incidentBefore: database
      .prepare<[string, number], number | null>('SELECT max(ordinal) FROM incident WHERE device = ? AND ordinal < ?')
      .pluck() as Database.Statement<[string, number], number | null>,
    forgetIncidents: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal <= ?'),
    forgetTransitions: database.prepare('DELETE FROM transition WHERE device = ? AND ordinal <= ?'),
    forgetNotes: database.prepare('DELETE FROM note WHERE device = ? AND ordinal <= ?'),
    transitions: text<[string, number]>('SELECT record FROM transition WHERE device = ? AND ordinal = ? ORDER BY id'),
    insertTransition: database.prepare(
      'INSERT INTO transition (device, ordinal, type, at, decided_at, record) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trimTransitions: database.prepare('DELETE FROM transition WHERE id <= ?'),
    insertUnparsed: database.prepare(
      'INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    moveTransitions: database.prepare(
      `UPDATE transition SET device = @into, ordinal = @intoOrdinal,
         record = json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal)
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
    notes: text<[string, number]>('SELECT record FROM note WHERE device = ? AND ordinal = ? ORDER BY id'),
    insertNote: database.prepare('INSERT INTO note (device, ordinal, at, record) VALUES (?, ?, ?, ?)'),
    moveNotes: database.prepare(
      `UPDATE note SET device = @into, ordinal = @intoOrdinal,
         record = json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal)
       WHERE device = @from AND ordinal >= @fromOrdinal`,
    ),
    deleteNotes: database.prepare('DELETE FROM note WHERE device = ? AND ordinal = ?'),
    handOnNotes: database.prepare(
      `UPDATE note SET ordinal = @to, record = json_set(record, '$.ordinal', @to)
       WHERE device = @device AND ordinal = @ordinal`,
    ),
    unparsed: database.prepare<[number, number], Unparsed & { id: number }>(
      `SELECT id, received_at AS receivedAt, device, facility, mnemonic, why, raw FROM unparsed
       WHERE id < ? ORDER BY id DESC LIMIT ?`,
    ),
    trimUnparsed: database.prepare('DELETE FROM unparsed WHERE id <= ?'),
  };
}
