import type Database from 'better-sqlite3';
import type { Counts, Unparsed } from '../store.ts';

export type Statements = ReturnType<typeof prepare>;

/** Every statement of the store, prepared once. */
export function prepare(database: Database.Database) {
  const text = <P extends unknown[]>(sql: string) =>
    database.prepare<P, string>(sql).pluck() as Database.Statement<P, string>;
  const number = (sql: string) =>
    database.prepare<[object], number>(sql).pluck() as Database.Statement<[object], number>;
  return {
    device: text<[string]>('SELECT record FROM device WHERE key = ?'),
    insertDevice: database.prepare(
      `INSERT INTO device (key, version, condition, deadline, last_seen, plant, record, series, series_until, series_rank,
         grace_until, grace_bounded, projected)
       VALUES (@key, @version, @condition, @deadline, @lastSeen, @plant, @record, @series, @seriesUntil, @seriesRank,
         @graceUntil, @graceBounded, @projected) ON CONFLICT DO NOTHING`,
    ),
    updateDevice: database.prepare(
      `UPDATE device SET version = @version, condition = @condition, deadline = @deadline, last_seen = @lastSeen, plant = @plant,
         record = @record, series = @series, series_until = @seriesUntil, series_rank = @seriesRank,
         grace_until = @graceUntil, grace_bounded = @graceBounded, projected = @projected
       WHERE key = @key AND version = @expected`,
    ),
    reproject: database.prepare(
      `UPDATE device SET condition = @condition, deadline = @deadline, series = @series, series_until = @seriesUntil,
         series_rank = @seriesRank, grace_until = @graceUntil, grace_bounded = @graceBounded, projected = @projected
       WHERE key = @key AND version = @version`,
    ),
    unprojected: text<[number, number]>('SELECT record FROM device WHERE projected < ? LIMIT ?'),
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
    due: text<[number, number]>('SELECT record FROM device WHERE deadline <= ? ORDER BY deadline LIMIT ?'),
    devices: text<[object]>(
      `SELECT record FROM device WHERE key > @after AND (@condition IS NULL OR condition = @condition)
         AND (@plant IS NULL OR plant = @plant) ORDER BY key LIMIT @limit`,
    ),
    deviceCount: database.prepare<[], number>('SELECT count(*) FROM device').pluck() as Database.Statement<[], number>,
    deviceCounts: database.prepare<[], Counts['devices'][number]>(
      'SELECT condition, count(*) AS count FROM device GROUP BY condition',
    ),
    evict: text<[number]>(
      `DELETE FROM device WHERE key IN (
         SELECT key FROM device WHERE condition = 'ok' AND json_extract(record, '$.inventory') IS NULL AND NOT EXISTS (SELECT 1 FROM incident WHERE device = device.key)
         ORDER BY last_seen LIMIT ?) RETURNING key`,
    ),
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
    deleteIncident: database.prepare('DELETE FROM incident WHERE device = ? AND ordinal = ?'),
    transitions: text<[string, number]>('SELECT record FROM transition WHERE device = ? AND ordinal = ? ORDER BY id'),
    insertTransition: database.prepare(
      'INSERT INTO transition (device, ordinal, type, at, decided_at, record) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    trimTransitions: database.prepare('DELETE FROM transition WHERE id <= ?'),
    evidence: database.prepare<[string, number], { record: string; digest: string | null }>(
      'SELECT record, digest FROM evidence WHERE device = ? AND ordinal = ? ORDER BY at, id',
    ),
    messages: database.prepare<[object], { id: number; record: string }>(
      `SELECT id, record FROM evidence
       WHERE id < @before AND (@device IS NULL OR device = @device) AND (@mnemonic IS NULL OR mnemonic = @mnemonic)
       ORDER BY id DESC LIMIT @limit`,
    ),
    deleteEvidence: database.prepare('DELETE FROM evidence WHERE device = ?'),
    insertEvidence: database.prepare(
      `INSERT INTO evidence (device, ordinal, mnemonic, at, decisive, record, digest)
       VALUES (@device, @ordinal, @mnemonic, @at, @decisive, @record, @digest)`,
    ),
    leavingEvidence: database.prepare<[object], { id: number; at: number; decisive: number }>(
      `SELECT id, at, decisive FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic
       ORDER BY id DESC LIMIT 1 OFFSET @last`,
    ),
    evidenceBefore: number(
      `SELECT count(*) FROM (SELECT 1 FROM evidence WHERE device = @device AND ordinal = @ordinal
         AND mnemonic = @mnemonic AND id < @id LIMIT @limit)`,
    ),
    decisiveBefore: number(
      `SELECT count(*) FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic
         AND id < @id AND decisive = 1`,
    ),
    evidenceOfWeek: number(
      `SELECT id FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic AND id < @id
         AND CAST(at / @week AS INTEGER) = @of ORDER BY id LIMIT 1`,
    ),
    deleteEvidenceRow: database.prepare('DELETE FROM evidence WHERE id = ?'),
    evidenceMnemonics: text<[string, number]>(
      'SELECT DISTINCT mnemonic FROM evidence WHERE device = ? AND ordinal = ?',
    ),
    trimEvidence: database.prepare(
      `DELETE FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic
         AND id NOT IN (SELECT id FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic ORDER BY id LIMIT @first)
         AND id NOT IN (SELECT id FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic ORDER BY id DESC LIMIT @last)
         AND id NOT IN (SELECT id FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic AND decisive = 1 ORDER BY id LIMIT @decisive)
         AND id NOT IN (SELECT min(id) FROM evidence WHERE device = @device AND ordinal = @ordinal AND mnemonic = @mnemonic GROUP BY CAST(at / @week AS INTEGER))`,
    ),
    insertUnparsed: database.prepare(
      'INSERT INTO unparsed (received_at, device, facility, mnemonic, why, raw) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    alias: database.prepare<[string], { key: string | null }>('SELECT key FROM alias WHERE name = ?'),
    namesOf: text<[string]>('SELECT name FROM alias WHERE key = ? ORDER BY id'),
    upsertAlias: database.prepare(
      'INSERT INTO alias (name, key) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET key = excluded.key',
    ),
    trimAliases: database.prepare('DELETE FROM alias WHERE id <= (SELECT max(id) FROM alias) - ?'),
    deleteAliases: database.prepare('DELETE FROM alias WHERE key = ?'),
    moveAliases: database.prepare('UPDATE alias SET key = @into WHERE key = @from'),
    deleteDevice: database.prepare('DELETE FROM device WHERE key = @from AND version = @version'),
    moveEvidence: database.prepare(
      `UPDATE evidence SET device = @into, ordinal = @intoOrdinal,
         record = json_set(record, '$.device', @into, '$.ordinal', @intoOrdinal)
       WHERE device = @from AND ordinal >= @fromOrdinal`,
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
    unparsed: database.prepare<[number, number], Unparsed & { id: number }>(
      `SELECT id, received_at AS receivedAt, device, facility, mnemonic, why, raw FROM unparsed
       WHERE id < ? ORDER BY id DESC LIMIT ?`,
    ),
    trimUnparsed: database.prepare('DELETE FROM unparsed WHERE id <= ?'),
  };
}
