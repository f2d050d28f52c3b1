/** Lists of notices, and how each is a row. */

import { parseStored } from '../codec/stored-json.ts';
import { page } from '../page.ts';
import type { DeliveredNotice, DeliveredQuery, NoticeQuery, NoticeRow, SinkCounts } from '../ports/outbox.ts';
import type { Page } from '../ports/queries.ts';
import type { PostgresDamage } from './damage.ts';
import type { Session } from './session.ts';

export type StoredNotice = Omit<NoticeRow, 'announcement'> & { readonly record: string };
type DeliveredRow = Omit<DeliveredNotice, 'announcement'> & { readonly n: number; readonly record: string };

/** The columns of a notice that waits or is dead, and of one that was delivered. */
export const NOTICE = `seq, id, sink, state, created_at AS "createdAt", next_at AS "nextAt", attempts, error, record`;
export const DELIVERED = `n, id, sink, created_at AS "createdAt", delivered_at AS "deliveredAt", attempts, record`;

export async function list(
  session: Session,
  damage: PostgresDamage,
  { state, sink, after, limit }: NoticeQuery,
): Promise<Page<NoticeRow>> {
  const rows = await session.rows<StoredNotice>(
    `SELECT ${NOTICE} FROM notice WHERE seq > $1::float8 AND ($2::text IS NULL OR state = $2)
       AND ($3::text IS NULL OR sink = $3) ORDER BY seq LIMIT $4`,
    ...[Number(after ?? 0), state ?? null, sink ?? null, limit + 1],
  );
  const { rows: shown, next } = page(rows, limit, ({ seq }) => `${seq}`);
  return { rows: damage.readAll('notice', shown, noticeName, noticeOf), next };
}

export async function delivered(
  session: Session,
  damage: PostgresDamage,
  { sink, device, after, limit }: DeliveredQuery,
): Promise<Page<DeliveredNotice>> {
  const rows = await session.rows<DeliveredRow>(
    `SELECT ${DELIVERED} FROM delivered WHERE ($1::float8 IS NULL OR n < $1) AND ($2::text IS NULL OR sink = $2)
       AND ($3::text IS NULL OR device = $3) ORDER BY n DESC LIMIT $4`,
    ...[after === undefined ? null : Number(after), sink ?? null, device ?? null, limit + 1],
  );
  const { rows: shown, next } = page(rows, limit, ({ n }) => `${n}`);
  return { rows: damage.readAll('delivered', shown, deliveredName, deliveredOf), next };
}

export async function counts(session: Session): Promise<readonly SinkCounts[]> {
  return session.rows<SinkCounts>(
    `SELECT sink, count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'dead') AS dead,
         min(created_at) FILTER (WHERE state = 'pending') AS "oldestAt" FROM notice GROUP BY sink ORDER BY sink`,
  );
}

/** What people know a damaged row by. */
export const noticeName = ({ sink, seq }: Pick<StoredNotice, 'sink' | 'seq'>) => `${sink}, notice ${seq}`;
export const deliveredName = ({ sink, n }: Pick<DeliveredRow, 'sink' | 'n'>) => `${sink}, delivered notice ${n}`;

export function noticeOf(row: StoredNotice): NoticeRow {
  const { seq, id, sink, state, createdAt, nextAt, attempts, error, record } = row;
  return { seq, id, sink, state, createdAt, nextAt, attempts, error, announcement: parseStored(record) };
}

export function deliveredOf(row: DeliveredRow): DeliveredNotice {
  const { id, sink, createdAt, deliveredAt, attempts, record } = row;
  return { id, sink, createdAt, deliveredAt, attempts, announcement: parseStored(record) };
}
