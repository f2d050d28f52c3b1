/** Which signals are of one message: by two routes, of a file that is replayed, or in a capture and by syslog. */
import type { SignalEvent } from '../model/device-state.ts';
import { limits } from '../model/limits.ts';

/** The index of the signal that is of the same message; -1 if there is none. `recent`: in the order of the times. */
export function copyIn(recent: readonly SignalEvent[], signal: SignalEvent): number {
  return signal.fingerprint === null ? undatedIn(recent, signal) : equalIn(recent, signal);
}

/** Compares only signals near in time, the latest first. */
function equalIn(recent: readonly SignalEvent[], signal: SignalEvent): number {
  for (let index = recent.length - 1; index >= 0; index--) {
    const other = recent[index] as SignalEvent;
    if (other.at < signal.at - limits.copyMs) break;
    if (isCopy(other, signal)) return index;
  }
  return signal.shown === 'line' ? undatedIn(recent, signal) : -1;
}

function isCopy(a: SignalEvent, b: SignalEvent): boolean {
  if (a.fingerprint === null || a.fingerprint !== b.fingerprint) return false;
  if (Math.abs(a.at - b.at) > limits.copyMs) return false;
  // Without numbers, two lines by syslog may be a repetition: a relay may have written the stamp.
  if (a.shown === undefined && b.shown === undefined && !(isNumbered(a) && isNumbered(b))) return false;
  return a.counter === null || b.counter === null || a.counter === b.counter;
}

function isNumbered({ counter, sequence }: SignalEvent): boolean {
  return counter !== null || sequence !== null;
}

/** A line by syslog without a date is dated by its receipt. It comes that late at most (assumed). */
const UNDATED_MS = 2 * 60_000;

/**
 * Of a line that a capture shows the line by syslog without a date that means the same, or the other way round: the nearest
 * one.
 */
function undatedIn(recent: readonly SignalEvent[], signal: SignalEvent): number {
  let [nearest, distance] = [-1, UNDATED_MS];
  for (let index = recent.length - 1; index >= 0; index--) {
    const other = recent[index] as SignalEvent;
    if (other.at < signal.at - UNDATED_MS) break;
    const [shown, sent] = signal.shown === 'line' ? [signal, other] : [other, signal];
    if (shown.shown !== 'line' || sent.shown !== undefined || sent.fingerprint !== null) continue;
    if (Math.abs(other.at - signal.at) > distance || !meansTheSame(shown, sent)) continue;
    [nearest, distance] = [index, Math.abs(other.at - signal.at)];
  }
  return nearest;
}

function meansTheSame(a: SignalEvent, b: SignalEvent): boolean {
  return (
    a.kind === b.kind &&
    a.mnemonic === b.mnemonic &&
    a.cause === b.cause &&
    a.manner === b.manner &&
    a.server === b.server &&
    a.peers.join() === b.peers.join()
  );
}
