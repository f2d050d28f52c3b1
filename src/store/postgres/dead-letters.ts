/** Notices that are given up, and kept as dead letters. */
import { limits } from '../../core/model/limits.ts';
import type { DroppedNotices } from '../ports/outbox.ts';
import { lockQueues, type Queue, unblockQueues } from './queues.ts';
import type { Session } from './session.ts';

/** Why notices are given up, and how their rows are locked. */
type Burial = { readonly error: string; readonly lock: string };
/** What others hold is left to them: a commit holds the queues of its own notices already. */
export const UNLESS_HELD = 'FOR UPDATE SKIP LOCKED';

/** The oldest pending notices of a sink become dead letters; those behind them become due. */
export async function bury(
  session: Session,
  sink: string,
  count: number,
  why: Burial,
  now: number,
): Promise<DroppedNotices[]> {
  const oldest = await session.rows<Queue & { seq: number }>(
    `SELECT seq, incident, sink FROM notice WHERE state = 'pending' AND sink = $1 ORDER BY seq LIMIT $2 ${why.lock}`,
    ...[sink, count],
  );
  if (oldest.length === 0) return [];
  await makeDead(
    session,
    oldest.map(({ seq }) => seq),
    why.error,
    0,
  );
  await lockQueues(session, oldest);
  await unblockQueues(session, oldest, now);
  return [{ sink, result: 'dead', count: oldest.length }, ...(await trimDead(session, sink))];
}

/** `tried`: by how many attempts more. */
export async function makeDead(session: Session, seqs: readonly number[], error: string, tried: number): Promise<void> {
  await session.run(
    `UPDATE notice SET state = 'dead', next_at = NULL, claimed_by = NULL, attempts = attempts + $2, error = $3
     WHERE seq = ANY($1)`,
    ...[seqs, tried, error],
  );
}

/** Deletes the oldest dead letters of a sink beyond the limit. */
export async function trimDead(session: Session, sink: string): Promise<DroppedNotices[]> {
  const beyond = (await countOf(session, sink, 'dead')) - limits.noticesDead;
  if (beyond <= 0) return [];
  const count = await session.run(
    `DELETE FROM notice WHERE seq IN (
       SELECT seq FROM notice WHERE state = 'dead' AND sink = $1 ORDER BY seq LIMIT $2 ${UNLESS_HELD})`,
    ...[sink, beyond],
  );
  return count === 0 ? [] : [{ sink, result: 'dropped', count }];
}

/** How many notices of a sink there are in a state. */
export async function countOf(session: Session, sink: string, state: string): Promise<number> {
  const sql = 'SELECT count(*) AS count FROM notice WHERE state = $1 AND sink = $2';
  return (await session.rows<{ count: number }>(sql, state, sink))[0]?.count ?? 0;
}
