import type Database from 'better-sqlite3';
import type { NoticeDraft } from '../../core/announce/notice.ts';
import { limits } from '../../core/model/limits.ts';
import { parseStored } from '../codec/stored-json.ts';
import { page } from '../page.ts';
import type {
  DeliveredNotice,
  DeliveredQuery,
  DroppedNotices,
  NoticeQuery,
  NoticeRow,
  Outbox,
  Retried,
  Retry,
  Settlement,
  SinkCounts,
} from '../ports/outbox.ts';
import type { Page } from '../ports/queries.ts';
import { noticeSumWith, rowSum, SUMS, sumIfIntact } from './checksums.ts';
import { inTransaction } from './failures.ts';
import { type OnDamaged, readSide, SIDE, type SideRow } from './side-rows.ts';
import { prepareColumn } from './statements.ts';

type Row = {
  seq: number;
  id: string;
  sink: string;
  state: NoticeRow['state'];
  createdAt: number;
  nextAt: number | null;
  attempts: number;
  error: string | null;
} & SideRow;

type DeliveredRow = Omit<DeliveredNotice, 'announcement'> & { readonly n: number } & SideRow;

const DELIVERED = `n, id, sink, created_at AS createdAt, delivered_at AS deliveredAt, attempts, ${SIDE.delivered}`;
const COLUMNS = `seq, id, sink, state, created_at AS createdAt, next_at AS nextAt, attempts, error, ${SIDE.notice}`;

/** Sets the checksum of a notice to that of the row as it becomes. */
const settingSum = (values: Parameters<typeof noticeSumWith>[0]) =>
  `sum = ${sumIfIntact('notice', noticeSumWith(values))}`;

function prepareReads(database: Database.Database) {
  return {
    due: database.prepare<[string, number, number], Row>(
      `SELECT ${COLUMNS} FROM notice WHERE sink = ? AND state = 'pending' AND next_at <= ? ORDER BY next_at, seq LIMIT ?`,
    ),
    nextAt: prepareColumn<[string], number | null>(
      database,
      `SELECT min(next_at) FROM notice WHERE sink = ? AND state = 'pending' AND next_at IS NOT NULL`,
    ),
    of: database.prepare<[number], Row & { incident: string }>(`SELECT ${COLUMNS}, incident FROM notice WHERE seq = ?`),
    delivered: database.prepare<[object], DeliveredRow>(
      `SELECT ${DELIVERED} FROM delivered WHERE n < @before ORDER BY n DESC LIMIT @limit`,
    ),
    deliveredTo: database.prepare<[object], DeliveredRow>(
      `SELECT ${DELIVERED} FROM delivered WHERE n < @before AND sink = @sink AND (@device IS NULL OR device = @device)
       ORDER BY n DESC LIMIT @limit`,
    ),
    deliveredOf: database.prepare<[object], DeliveredRow>(
      `SELECT ${DELIVERED} FROM delivered WHERE n < @before AND device = @device ORDER BY n DESC LIMIT @limit`,
    ),
    deliveredOne: database.prepare<[number], DeliveredRow>(`SELECT ${DELIVERED} FROM delivered WHERE n = ?`),
    pending: prepareColumn<[string], number>(
      database,
      `SELECT count(*) FROM notice WHERE state = 'pending' AND sink = ?`,
    ),
    dead: prepareColumn<[string], number>(database, `SELECT count(*) FROM notice WHERE state = 'dead' AND sink = ?`),
    oldestPending: prepareColumn<[string, number], number>(
      database,
      `SELECT seq FROM notice WHERE state = 'pending' AND sink = ? ORDER BY seq LIMIT ?`,
    ),
    list: database.prepare<[object], Row>(
      `SELECT ${COLUMNS} FROM notice WHERE seq > @after AND (@state IS NULL OR state = @state)
         AND (@sink IS NULL OR sink = @sink) ORDER BY seq LIMIT @limit`,
    ),
    withoutSink: prepareColumn<[{ sinks: string; sink: string | null; id: string | null }], number>(
      database,
      `SELECT count(*) FROM notice
       WHERE state = 'dead' AND sink NOT IN (SELECT value FROM json_each(@sinks))
         AND (@sink IS NULL OR sink = @sink) AND (@id IS NULL OR id = @id)`,
    ),
    sinks: prepareColumn<[], string>(database, 'SELECT DISTINCT sink FROM notice'),
    counts: database.prepare<[], { sink: string; state: NoticeRow['state']; count: number; oldestAt: number }>(
      'SELECT sink, state, count(*) AS count, min(created_at) AS oldestAt FROM notice GROUP BY state, sink',
    ),
  };
}

function prepareWrites(database: Database.Database) {
  return {
    // A notice whose incident has an earlier pending one is not due: its `next_at` is null.
    insert: database.prepare(
      `INSERT INTO notice (id, sink, incident, state, created_at, next_at, attempts, record)
       VALUES (@id, @sink, @incident, 'pending', @now,
         CASE WHEN EXISTS (SELECT 1 FROM notice WHERE sink = @sink AND incident = @incident AND state = 'pending')
           THEN NULL ELSE @now END, 0, @record)`,
    ),
    sum: database.prepare(`UPDATE notice SET sum = ${SUMS.notice} WHERE seq = ?`),
    remove: database.prepare('DELETE FROM notice WHERE seq = ?'),
    keep: database.prepare(
      `INSERT INTO delivered (id, sink, device, created_at, delivered_at, attempts, record, sum)
       VALUES (@id, @sink, @device, @createdAt, @now, @attempts, @record, @sum)`,
    ),
    trimDelivered: database.prepare('DELETE FROM delivered WHERE n <= ?'),
    moveDelivered: database.prepare(
      `UPDATE delivered SET device = @into,
         sum = ${sumIfIntact('delivered', 'row_sum(record, id, sink, @into, created_at, delivered_at, attempts)')}
       WHERE device = @from`,
    ),
    forgetDelivered: database.prepare('DELETE FROM delivered WHERE device = ?'),
    removeDelivered: database.prepare(
      'DELETE FROM delivered WHERE n IN (SELECT n FROM delivered WHERE delivered_at < ? LIMIT ?)',
    ),
    postpone: database.prepare(
      `UPDATE notice SET next_at = @nextAt, attempts = attempts + 1, error = @error,
         ${settingSum({ next_at: '@nextAt', attempts: 'attempts + 1', error: '@error' })}
       WHERE seq = @seq AND state = 'pending'`,
    ),
    bury: database.prepare(
      `UPDATE notice SET state = 'dead', next_at = NULL, attempts = attempts + @tried, error = @error,
         ${settingSum({ state: "'dead'", next_at: 'NULL', attempts: 'attempts + @tried', error: '@error' })}
       WHERE seq = @seq AND state = 'pending'`,
    ),
    unblock: database.prepare(
      `UPDATE notice SET next_at = @now, ${settingSum({ next_at: '@now' })} WHERE next_at IS NULL AND seq = (
         SELECT min(seq) FROM notice WHERE sink = @sink AND incident = @incident AND state = 'pending')`,
    ),
    unblockAll: database.prepare(
      `UPDATE notice SET next_at = @now, ${settingSum({ next_at: '@now' })} WHERE state = 'pending' AND next_at IS NULL AND NOT EXISTS (
         SELECT 1 FROM notice earlier WHERE earlier.sink = notice.sink AND earlier.incident = notice.incident
           AND earlier.state = 'pending' AND earlier.seq < notice.seq)`,
    ),
    dropDead: database.prepare(
      `DELETE FROM notice WHERE seq IN (SELECT seq FROM notice WHERE state = 'dead' AND sink = ? ORDER BY seq LIMIT ?)`,
    ),
    retry: database.prepare(
      `UPDATE notice SET state = 'pending', attempts = 0, next_at = NULL,
         ${settingSum({ state: "'pending'", next_at: 'NULL', attempts: '0' })}
       WHERE state = 'dead' AND sink IN (SELECT value FROM json_each(@sinks))
         AND (@sink IS NULL OR sink = @sink) AND (@id IS NULL OR id = @id)`,
    ),
  };
}

/** The outbox in the store's own database, so that a change and its notices are one transaction. */
export class SqliteOutbox implements Outbox {
  readonly #database: Database.Database;
  readonly #reads: ReturnType<typeof prepareReads>;
  readonly #writes: ReturnType<typeof prepareWrites>;
  readonly #newId: () => string;
  readonly #onDamaged: OnDamaged;

  constructor(database: Database.Database, newId: () => string, onDamaged: OnDamaged) {
    this.#onDamaged = onDamaged;
    this.#database = database;
    this.#reads = prepareReads(database);
    this.#writes = prepareWrites(database);
    this.#newId = newId;
  }

  /** To be called within the transaction of a commit. */
  write(drafts: readonly NoticeDraft[], now: number): DroppedNotices[] {
    for (const { announcement, sinks } of drafts) {
      const id = this.#newId();
      const { incident } = announcement;
      for (const sink of sinks) {
        const row = { id, sink, incident, now, record: JSON.stringify(announcement) };
        this.#writes.sum.run(this.#writes.insert.run(row).lastInsertRowid);
      }
    }
    return [...new Set(drafts.flatMap(({ sinks }) => sinks))].flatMap((sink) => this.#trim(sink, now));
  }

  async due(sink: string, now: number, limit: number): Promise<readonly NoticeRow[]> {
    return inTransaction(this.#database, () => this.#noticesOf(this.#reads.due.all(sink, now, limit)));
  }

  async nextAt(sink: string): Promise<number | null> {
    return inTransaction(this.#database, () => this.#reads.nextAt.get(sink) ?? null);
  }

  async settle(seq: number, settlement: Settlement, now: number): Promise<readonly DroppedNotices[]> {
    return inTransaction(this.#database, () => {
      const row = this.#reads.of.get(seq);
      if (row === undefined) return [];
      if (settlement.result === 'failed') {
        this.#writes.postpone.run({ seq, nextAt: settlement.nextAt, error: settlement.error });
        return [];
      }
      if (settlement.result === 'delivered') this.#keep(row, now);
      else this.#writes.bury.run({ seq, error: settlement.error, tried: 1 });
      this.#writes.unblock.run({ sink: row.sink, incident: row.incident, now });
      return settlement.result === 'dead' ? this.#trimDead(row.sink) : [];
    });
  }

  async list({ state, sink, after, limit }: NoticeQuery): Promise<Page<NoticeRow>> {
    const query = { state: state ?? null, sink: sink ?? null, after: Number(after ?? 0), limit: limit + 1 };
    return inTransaction(this.#database, () =>
      this.#page(
        this.#reads.list.all(query),
        limit,
        ({ seq }) => seq,
        (row) => this.#notice(row),
      ),
    );
  }

  async delivered({ sink, device, after, limit }: DeliveredQuery): Promise<Page<DeliveredNotice>> {
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
    const { delivered, deliveredTo, deliveredOf } = this.#reads;
    const query = { before, limit: limit + 1, ...(sink === undefined ? {} : { sink }) };
    const statement = sink !== undefined ? deliveredTo : device !== undefined ? deliveredOf : delivered;
    const named = sink === undefined && device === undefined ? query : { ...query, device: device ?? null };
    return inTransaction(this.#database, () =>
      this.#page(
        statement.all(named),
        limit,
        ({ n }) => n,
        (row) => this.#delivered(row),
      ),
    );
  }

  /** The notice with this number; null where it is not there, or is not what was stored. To be called within a transaction. */
  notice(seq: number): NoticeRow | null {
    const row = this.#reads.of.get(seq);
    return row === undefined ? null : this.#notice(row);
  }

  /** As `notice()`, of what was delivered. */
  deliveredNotice(n: number): DeliveredNotice | null {
    const row = this.#reads.deliveredOne.get(n);
    return row === undefined ? null : this.#delivered(row);
  }

  /** What was delivered about one device is about another from now on. To be called within a transaction. */
  move(from: string, into: string): void {
    this.#writes.moveDelivered.run({ into, from });
  }

  /** Deletes what was delivered about a device. To be called within a transaction. */
  forget(device: string): void {
    this.#writes.forgetDelivered.run(device);
  }

  /** Deletes at most `limit` notices that were delivered before. To be called within a transaction. Returns how many. */
  removeDelivered(before: number, limit: number): number {
    return this.#writes.removeDelivered.run(before, limit).changes;
  }

  async retry({ sinks, sink, id }: Retry, now: number): Promise<Retried> {
    const which = { sinks: JSON.stringify(sinks), sink: sink ?? null, id: id ?? null };
    return inTransaction(this.#database, () => {
      const { changes } = this.#writes.retry.run(which);
      this.#writes.unblockAll.run({ now });
      return { retried: changes, withoutSink: this.#reads.withoutSink.get(which) ?? 0 };
    });
  }

  async abandon(sinks: readonly string[], now: number): Promise<readonly DroppedNotices[]> {
    return inTransaction(this.#database, () =>
      this.#reads.sinks
        .all()
        .filter((sink) => !sinks.includes(sink))
        .flatMap((sink) => this.#bury(sink, limits.noticesPending, 'there is no such sink any more', now)),
    );
  }

  async counts(): Promise<readonly SinkCounts[]> {
    return inTransaction(this.#database, () => {
      const counts = new Map<string, SinkCounts>();
      for (const { sink, state, count, oldestAt } of this.#reads.counts.all()) {
        const known = counts.get(sink) ?? { sink, pending: 0, dead: 0, oldestAt: null };
        counts.set(sink, state === 'dead' ? { ...known, dead: count } : { ...known, pending: count, oldestAt });
      }
      return [...counts.values()];
    });
  }

  /** A damaged row is kept as it is until it is mended. */
  #keep(stored: Row, now: number): void {
    const announcement = this.#notice(stored)?.announcement;
    if (announcement === undefined) return;
    const { seq, id, sink, createdAt, attempts, record } = stored;
    this.#writes.remove.run(seq);
    const { device } = announcement;
    const tries = attempts + 1;
    const sum = rowSum(record, id, sink, device, createdAt, now, tries);
    const row = { id, sink, device, createdAt, now, attempts: tries, record, sum };
    const { lastInsertRowid } = this.#writes.keep.run(row);
    this.#writes.trimDelivered.run(Number(lastInsertRowid) - limits.deliveredRows);
  }

  #trim(sink: string, now: number): DroppedNotices[] {
    const beyond = (this.#reads.pending.get(sink) ?? 0) - limits.noticesPending;
    return beyond > 0 ? this.#bury(sink, beyond, 'too many notices waited for this sink', now) : [];
  }

  #bury(sink: string, count: number, error: string, now: number): DroppedNotices[] {
    const oldest = this.#reads.oldestPending.all(sink, count);
    if (oldest.length === 0) return [];
    for (const seq of oldest) this.#writes.bury.run({ seq, error, tried: 0 });
    this.#writes.unblockAll.run({ now });
    return [{ sink, result: 'dead', count: oldest.length }, ...this.#trimDead(sink)];
  }

  #trimDead(sink: string): DroppedNotices[] {
    const beyond = (this.#reads.dead.get(sink) ?? 0) - limits.noticesDead;
    if (beyond <= 0) return [];
    this.#writes.dropDead.run(sink, beyond);
    return [{ sink, result: 'dropped', count: beyond }];
  }

  /** Deletes a damaged row; `unblock()` is to be called afterwards. To be called within a transaction. */
  removeDamaged(seq: number): void {
    this.#writes.remove.run(seq);
  }

  /** Makes notices due whose incidents have no earlier ones any more. To be called within a transaction. */
  unblock(now: number): void {
    this.#writes.unblockAll.run({ now });
  }

  #page<R, T>(found: readonly R[], limit: number, place: (row: R) => number, read: (row: R) => T | null): Page<T> {
    const { rows, next } = page(found, limit, (row) => `${place(row)}`);
    return { rows: rows.flatMap((row) => read(row) ?? []), next };
  }

  #noticesOf(rows: readonly Row[]): NoticeRow[] {
    return rows.flatMap((row) => this.#notice(row) ?? []);
  }

  #notice(stored: Row): NoticeRow | null {
    const { seq, id, sink, state, createdAt, nextAt, attempts, error } = stored;
    const columns = { seq, id, sink, state, createdAt, nextAt, attempts, error };
    return readSide('notice', stored, this.#onDamaged, (record) => ({ ...columns, announcement: parseStored(record) }));
  }

  #delivered(stored: DeliveredRow): DeliveredNotice | null {
    const { id, sink, createdAt, deliveredAt, attempts } = stored;
    const columns = { id, sink, createdAt, deliveredAt, attempts };
    return readSide('delivered', stored, this.#onDamaged, (record) => ({
      ...columns,
      announcement: parseStored(record),
    }));
  }
}
