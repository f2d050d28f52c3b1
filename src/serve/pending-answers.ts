/** How far a client has read the answers of its connection. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** `answers`: those that are not complete, the oldest first. `progress`: when the kernel was last seen to take bytes of them. */
export type Answers = { readonly answers: Set<ServerResponse>; progress: Progress | null };

/** `taken`: bytes that were handed over, of all since the connection began. `queued`: what the kernel did not take of the last ones. */
type Progress = { readonly taken: number; readonly queued: number; readonly at: number };

/** Bytes of answers that wait in this process. */
export function unsentBytes({ answers }: Answers): number {
  let bytes = 0;
  for (const answer of answers) bytes += answer.writableLength;
  return bytes;
}

/**
 * Whether bytes have waited for `stalledMs` of which the kernel has taken none: the client does not read. An answer that is still
 * being made has no bytes that wait. To be asked again and again; `now`: milliseconds of a clock that does not step.
 */
export function hasStalled(connection: Answers, now: number, stalledMs: number): boolean {
  const socket = socketOf(connection);
  if (socket === null || socket.writableLength === 0) {
    connection.progress = null;
    return false;
  }
  const [taken, queued] = [socket.bytesWritten - socket.writableLength, queuedBytes(socket)];
  const last = connection.progress;
  if (last !== null && last.taken === taken && last.queued === queued) return now - last.at >= stalledMs;
  connection.progress = { taken, queued, at: now };
  return false;
}

/** The socket belongs to the oldest answer; those behind it have none. */
function socketOf({ answers }: Answers): Socket | null {
  for (const { socket } of answers) if (socket !== null) return socket;
  return null;
}

/** What libuv holds of the write that is under way: a long one moves on for minutes over a slow line. */
function queuedBytes(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: { writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
