import type { Record } from '../core/frame/record.ts';
import { StreamFramer } from '../core/frame/stream.ts';
import { limits } from '../core/model/limits.ts';
import type { Read } from './connection.ts';

/**
 * Reads records of any framing (RFC 6587, RFC 5425). The connection is not read while its sender has no capacity in the intake. To drain,
 * it is read until the sender is silent: a sender believes that what the kernel has acknowledged is taken.
 */
export const readRecords: Read = (socket, connection, { intake, senders, transport, idleMs, flushMs }) => {
  const { peer } = connection;
  const framer = new StreamFramer();
  let cancel = () => {};
  let isDraining = false;
  const quiet = setTimeout(() => {
    if (!socket.isPaused()) take(framer.idle());
  }, flushMs);
  const take = (records: Record[]) => {
    if (records.length === 0) return;
    // The networks that may send can change while the connection is open.
    if (!senders.allows(peer)) intake.drop(transport, 'denied', records.length);
    else for (const record of records) intake.take(record, peer, transport);
  };
  const setIdle = () => socket.setTimeout(isDraining ? limits.drainSilenceMs : idleMs);
  connection.drain = () => {
    isDraining = true;
    socket.end();
    if (!socket.isPaused()) setIdle();
  };
  setIdle();
  socket.on('timeout', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    connection.isSilent = false;
    intake.received(transport, chunk.length);
    take(framer.push(chunk));
    quiet.refresh();
    if (intake.hasCapacity(peer)) return;
    // The connection is idle because nobody reads it, not because of its sender.
    socket.pause();
    socket.setTimeout(0);
    cancel = intake.onCapacity(peer, () => {
      setIdle();
      quiet.refresh();
      socket.resume();
    });
  });
  // A sender may reset its connection; the records that it sent before are kept.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(quiet);
    cancel();
    take(framer.end());
  });
};
