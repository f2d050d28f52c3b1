/** The notices of an incident at a sink are a queue: they are due one after the other. */
import { columns, type Session } from './session.ts';

export type Queue = { readonly incident: string; readonly sink: string };

/**
 * Locks the pending notices of queues. What adds to a queue and what takes from it wait for each other: else neither sees what the
 * other does, and nobody makes the next notice due. The order of `seq` is that of everybody.
 * A join without statistics reads all notices; this looks into the index for each queue.
 */
export async function lockQueues(session: Session, queues: readonly Queue[]): Promise<void> {
  await session.run(
    `SELECT seq FROM notice WHERE state = 'pending' AND seq = ANY(ARRAY(
       SELECT unnest(ARRAY(SELECT one.seq FROM notice AS one WHERE one.incident = queue.incident AND one.sink = queue.sink
         AND one.state = 'pending' ORDER BY one.seq))
       FROM unnest($1::text[], $2::text[]) AS queue (incident, sink)))
     ORDER BY seq FOR UPDATE`,
    ...columns(each(queues), 'incident', 'sink'),
  );
}

/** Makes the first pending notice in each of these queues due. They are locked. */
export async function unblockQueues(session: Session, queues: readonly Queue[], now: number): Promise<void> {
  await session.run(
    `UPDATE notice SET next_at = $1 FROM unnest($2::text[], $3::text[]) AS queue (incident, sink)
     WHERE notice.next_at IS NULL AND notice.seq = (
       SELECT seq FROM notice AS first WHERE first.incident = queue.incident AND first.sink = queue.sink
         AND first.state = 'pending' ORDER BY first.seq LIMIT 1)`,
    ...[now, ...columns(each(queues), 'incident', 'sink')],
  );
}

/** Makes notices due that are the first of their queue and that nobody has made due. Waits for nobody. */
export async function mendQueues(session: Session, sink: string, now: number): Promise<void> {
  // Here too: a join takes half a minute for 30,000.
  const stuck = await session.rows<{ seq: number }>(
    `SELECT seq FROM notice WHERE state = 'pending' AND sink = $1 AND next_at IS NULL AND seq = (
       SELECT first.seq FROM notice AS first WHERE first.incident = notice.incident AND first.sink = notice.sink
         AND first.state = 'pending' ORDER BY first.seq LIMIT 1)
     FOR UPDATE SKIP LOCKED`,
    sink,
  );
  if (stuck.length === 0) return;
  await session.run('UPDATE notice SET next_at = $1 WHERE seq = ANY($2)', ...[now, stuck.map(({ seq }) => seq)]);
}

function each(queues: readonly Queue[]): Queue[] {
  return [...new Map(queues.map(({ incident, sink }) => [`${sink} ${incident}`, { incident, sink }])).values()];
}
