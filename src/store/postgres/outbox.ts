import { randomUUID } from 'node:crypto';
import type { NoticeDraft } from '../../core/announce/notice.ts';
import { limits } from '../../core/model/limits.ts';
import { BEYOND_MS, LONGEST_WAIT_MS } from '../clocks.ts';
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
import type { PostgresDamage } from './damage.ts';
import { bury, countOf, makeDead, trimDead, UNLESS_HELD } from './dead-letters.ts';
import * as notices from './notices.ts';
import { NOTICE, noticeName, noticeOf, type StoredNotice } from './notices.ts';
import { lockQueues, mendQueues, type Queue, unblockQueues } from './queues.ts';
import { columns, type Session } from './session.ts';

type Work = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** An attempt takes less time, so that a claim ends only where its instance died, was cut off or stood still. */
const CLAIMED_MS = 60_000;
const CLAIM = `interval '${CLAIMED_MS} ms'`;
const MENDED_EVERY_MS = 60_000;
/**
 * Another instance delivers the notice now. `$1`: this instance. A claim for longer than claims are is of a time before the clock
 * of the server stepped back.
 */
const ELSEWHERE = `(claimed_by IS NOT NULL AND claimed_by <> $1::text
  AND claimed_until > clock_timestamp() AND claimed_until <= clock_timestamp() + ${CLAIM})`;

/** The outbox in the tables of the store, so that a change and its notices are one transaction. */
export class PostgresOutbox implements Outbox {
  readonly claimedMs = CLAIMED_MS;
  readonly #instance: string;
  readonly #newId: () => string;
  readonly #damage: PostgresDamage;
  /** Runs a transaction. */
  readonly #work: Work;
  /** When the queues of a sink were mended, by sink. */
  readonly #mendedAt = new Map<string, number>();

  /** `instance`: whose claims are this store's. */
  constructor(instance: string, work: Work, damage: PostgresDamage, newId: () => string = randomUUID) {
    this.#instance = instance;
    this.#damage = damage;
    this.#work = work;
    this.#newId = newId;
  }

  /** To be called within the transaction of a commit. */
  async write(session: Session, drafts: readonly NoticeDraft[], now: number): Promise<DroppedNotices[]> {
    if (drafts.length === 0) return [];
    const rows = drafts.flatMap(({ announcement, sinks }) => {
      const id = this.#newId();
      const { incident } = announcement;
      return sinks.map((sink) => ({ id, sink, incident, record: JSON.stringify(announcement) }));
    });
    // A notice whose incident has an earlier pending one is not due: its `next_at` is null.
    await lockQueues(session, rows);
    await session.run(
      `INSERT INTO notice (id, sink, incident, state, created_at, next_at, attempts, record)
       SELECT new.id, new.sink, new.incident, 'pending', $5::float8, NULL, 0, new.record
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (id, sink, incident, record)`,
      ...columns(rows, 'id', 'sink', 'incident', 'record'),
      now,
    );
    await unblockQueues(session, rows, now);
    const dropped: DroppedNotices[] = [];
    for (const sink of new Set(rows.map((row) => row.sink))) {
      const beyond = (await countOf(session, sink, 'pending')) - limits.noticesPending;
      const why = { error: 'too many notices waited for this sink', lock: UNLESS_HELD };
      if (beyond > 0) dropped.push(...(await bury(session, sink, beyond, why, now)));
    }
    return dropped;
  }

  /** The notices are claimed: no other instance is given them for a minute, or as long as this one asks. */
  async due(sink: string, now: number, limit: number): Promise<readonly NoticeRow[]> {
    return this.#work(async (session) => {
      if (Math.abs(now - (this.#mendedAt.get(sink) ?? Number.NEGATIVE_INFINITY)) >= MENDED_EVERY_MS) {
        await mendQueues(session, sink, now);
        this.#mendedAt.set(sink, now);
      }
      const rows = await session.rows<StoredNotice>(
        `UPDATE notice SET claimed_by = $1, claimed_until = clock_timestamp() + ${CLAIM} WHERE seq IN (
           SELECT seq FROM notice WHERE sink = $2 AND state = 'pending' AND next_at <= $3 AND NOT ${ELSEWHERE}
           ORDER BY next_at, seq LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING ${NOTICE}`,
        ...[this.#instance, sink, now, limit],
      );
      rows.sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0) || a.seq - b.seq);
      const notices = this.#damage.readAll('notice', rows, noticeName, noticeOf);
      const read = new Set(notices.map(({ seq }) => seq));
      await this.#buryUnread(
        session,
        rows.flatMap(({ seq }) => (read.has(seq) ? [] : seq)),
        now,
      );
      return notices;
    });
  }

  async nextAt(sink: string): Promise<number | null> {
    return this.#work(async (session) => {
      const [row] = await session.rows<{ at: number | null }>(
        `SELECT min(CASE WHEN ${ELSEWHERE} THEN greatest(next_at, extract(epoch FROM claimed_until)::float8 * 1000)
           ELSE next_at END) AS at FROM notice WHERE sink = $2 AND state = 'pending' AND next_at IS NOT NULL`,
        ...[this.#instance, sink],
      );
      return row?.at ?? null;
    });
  }

  /** Of a notice that is not claimed by this instance any more nothing is stored: it is, or was, another one's. */
  async settle(seq: number, settlement: Settlement, now: number): Promise<readonly DroppedNotices[]> {
    return this.#work(async (session) => {
      if (settlement.result !== 'failed') {
        const queue = await session.rows<Queue>('SELECT incident, sink FROM notice WHERE seq = $1', seq);
        await lockQueues(session, queue);
      }
      const [row] = await session.rows<StoredNotice & { incident: string }>(
        `SELECT ${NOTICE}, incident FROM notice WHERE seq = $2 AND state = 'pending'
           AND claimed_by = $1 FOR UPDATE`,
        ...[this.#instance, seq],
      );
      if (row === undefined) return [];
      if (settlement.result === 'failed') {
        const { nextAt, error } = settlement;
        await session.run(
          `UPDATE notice SET next_at = $2, error = $3, attempts = attempts + 1, claimed_by = NULL WHERE seq = $1`,
          ...[seq, nextAt, error],
        );
        return [];
      }
      if (settlement.result === 'delivered') await this.#keep(session, row, now);
      else await makeDead(session, [seq], settlement.error, 1);
      await unblockQueues(session, [row], now);
      return settlement.result === 'dead' ? trimDead(session, row.sink) : [];
    });
  }

  async list(query: NoticeQuery): Promise<Page<NoticeRow>> {
    return this.#work((session) => notices.list(session, this.#damage, query));
  }

  async delivered(query: DeliveredQuery): Promise<Page<DeliveredNotice>> {
    return this.#work((session) => notices.delivered(session, this.#damage, query));
  }

  async counts(): Promise<readonly SinkCounts[]> {
    return this.#work(notices.counts);
  }

  async retry({ sinks, sink, id }: Retry, now: number): Promise<Retried> {
    return this.#work(async (session) => {
      const which = `state = 'dead' AND ($2::text IS NULL OR sink = $2) AND ($3::text IS NULL OR id = $3)`;
      const values = [sinks, sink ?? null, id ?? null];
      const rows = await session.rows<Queue>(
        `UPDATE notice SET state = 'pending', attempts = 0, next_at = NULL, claimed_by = NULL
         WHERE sink = ANY($1::text[]) AND ${which} RETURNING incident, sink`,
        ...values,
      );
      await lockQueues(session, rows);
      await unblockQueues(session, rows, now);
      const [rest] = await session.rows<{ count: number }>(
        `SELECT count(*) AS count FROM notice WHERE NOT sink = ANY($1::text[]) AND ${which}`,
        ...values,
      );
      return { retried: rows.length, withoutSink: rest?.count ?? 0 };
    });
  }

  async abandon(sinks: readonly string[], now: number): Promise<readonly DroppedNotices[]> {
    return this.#work(async (session) => {
      const sql = 'SELECT DISTINCT sink FROM notice WHERE NOT sink = ANY($1)';
      const why = { error: 'there is no such sink any more', lock: 'FOR UPDATE' };
      const dropped: DroppedNotices[] = [];
      for (const { sink } of await session.rows<{ sink: string }>(sql, sinks))
        dropped.push(...(await bury(session, sink, limits.noticesPending, why, now)));
      return dropped;
    });
  }

  /** What was delivered about one device is about another from now on. */
  async move(session: Session, from: string, into: string): Promise<void> {
    await session.run('UPDATE delivered SET device = $1 WHERE device = $2', into, from);
  }

  /** Deletes what was delivered about a device. */
  async forget(session: Session, device: string): Promise<void> {
    await session.run('DELETE FROM delivered WHERE device = $1', device);
  }

  /** What `RejudgingStore.markBeyond()` says of notices. */
  async pullBack(session: Session, now: number, setBackMs: number): Promise<void> {
    const isBeyond = '(created_at > $3 OR next_at > $4)';
    await session.run(
      `UPDATE notice SET next_at = CASE WHEN ${isBeyond} THEN $1::float8 ELSE greatest($1::float8, next_at - $2::float8) END
       WHERE state = 'pending' AND next_at > $1 AND ($2 > 0 OR ${isBeyond})`,
      ...[now, setBackMs, now + BEYOND_MS, now + LONGEST_WAIT_MS],
    );
  }

  /** What cannot be read cannot be sent: those behind it go on. */
  async #buryUnread(session: Session, seqs: readonly number[], now: number): Promise<void> {
    if (seqs.length === 0) return;
    await makeDead(session, seqs, 'its row cannot be read', 0);
    const queues = await session.rows<Queue>('SELECT incident, sink FROM notice WHERE seq = ANY($1)', seqs);
    await lockQueues(session, queues);
    await unblockQueues(session, queues, now);
  }

  async #keep(session: Session, row: StoredNotice & { incident: string }, now: number): Promise<void> {
    const notice = this.#damage.readOne('notice', noticeName(row), () => noticeOf(row));
    const device = notice?.announcement.device ?? '';
    await session.run('DELETE FROM notice WHERE seq = $1', row.seq);
    await session.run(
      `INSERT INTO delivered (id, sink, device, incident, created_at, delivered_at, attempts, record)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      ...[row.id, row.sink, device, row.incident, row.createdAt, now, row.attempts + 1, row.record],
    );
    await session.run(
      'DELETE FROM delivered WHERE n <= (SELECT max(n) FROM delivered) - $1::int8',
      limits.deliveredRows,
    );
  }
}
