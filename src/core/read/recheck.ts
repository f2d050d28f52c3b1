/** Reads a stored line again, with the current grammar and advisory, and compares the meaning. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Evidence } from '../correlate/evidence.ts';
import type { Frame } from '../model/message.ts';
import { classify } from './classify.ts';
import type { Timekeeper } from './event-time.ts';
import { LineReader, type ReadMessage } from './reader.ts';

/**
 * `same`; `not-a-message`: an action of a person, a restart, or a summed-up repetition, which have no meaning alone;
 * else the difference.
 */
export type Rechecked = 'same' | 'not-a-message' | { readonly differs: string };

/** `encode`: the bytes of a text in UTF-8. */
export function makeRechecker(
  advisory: Advisory,
  encode: (text: string) => Frame['bytes'],
): (row: Evidence) => Rechecked {
  return (row) => {
    const bytes = encode(row.raw);
    const place = { start: 0, end: bytes.length, peer: null, transport: 'file', truncated: false } as const;
    const read = readAlone({ ...place, bytes, receivedAt: row.receivedAt }, row.at);
    if (read === null) return 'not-a-message';
    const { kind, family, cause, weight } = classify(read.message, advisory);
    const current = `${read.message.mnemonic} ${kind} ${family} ${cause} ${weight}`;
    const stored = `${row.mnemonic} ${row.kind} ${row.family} ${row.cause} ${row.weight}`;
    if (current !== stored) return { differs: `stored meaning ${stored}, read again ${current}` };
    if (row.timeUsed !== 'stamp') return 'same';
    // The zone may come from a setting that has changed: then the stamp must agree up to quarters of an hour.
    const { stamp } = read.envelope;
    const off = stamp.instant === null ? Number.NaN : Math.abs(stamp.instant - row.at) % ZONE_STEP_MS;
    const agrees = stamp.zoneAssumed ? off === 0 : stamp.instant === row.at;
    return agrees ? 'same' : { differs: `stored time ${row.at}, read again ${stamp.instant}` };
  };
}

/** The difference of two zones is a multiple of a quarter of an hour. */
const ZONE_STEP_MS = 15 * 60_000;

/** The tracked message of one record, or null. `at`: yearless stamps are dated near this time. */
function readAlone(frame: Frame, at: number): ReadMessage | null {
  const timing = { at, used: 'stamp', rejected: null, skewMs: null } as const;
  const time: Timekeeper = {
    context: () => ({ reference: at, zoneOffset: () => 0, latest: Number.POSITIVE_INFINITY }),
    timingOf: () => timing,
    peek: () => timing,
    samplesTime: () => false,
    sample: () => timing,
  };
  const found: ReadMessage[] = [];
  const reader = new LineReader(time, { message: (read) => found.push(read), restart: () => {}, ordinary: () => {} });
  reader.read([frame], () => false);
  reader.release(at, { end: true });
  return found.find(({ repetition }) => !repetition) ?? null;
}
