/** The words by which a line without a message code may belong to a tracked message: a reason, a release, a repetition. */
import { toBytes } from './header-bytes.ts';

const REASON = toBytes('Reason');
const SOFTWARE = toBytes('Cisco IOS');
/** Of a record that sums up repetitions. */
const MARKER = toBytes('last message repeated ');

export const NO_WORD = 0;
/** A reason or a release. */
export const RELATED = 1;
/** A repetition, and no reason or release. */
export const REPEATS = 2;

/** Searches `[start, end)`, a line without a message code, for the words. */
export function wordsIn(
  bytes: Uint8Array,
  start: number,
  end: number,
): typeof NO_WORD | typeof RELATED | typeof REPEATS {
  let found: typeof NO_WORD | typeof REPEATS = NO_WORD;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === REASON[0] && isAt(bytes, i, end, REASON)) return RELATED;
    if (byte === SOFTWARE[0] && isAt(bytes, i, end, SOFTWARE)) return RELATED;
    if (byte === MARKER[0] && isAt(bytes, i, end, MARKER)) found = REPEATS;
  }
  return found;
}

/** Position of the first repetition marker in `[start, end)`; -1 if there is none. */
export function markerIn(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (isAt(bytes, i, end, MARKER)) return i;
  return -1;
}

function isAt(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (end - at < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
