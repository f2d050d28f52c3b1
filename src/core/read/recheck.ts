/** Reads a stored line again, with the current grammar and advisory: to compare its meaning, or to fold it anew. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Evidence } from '../correlate/evidence.ts';
import type { Reread } from '../correlate/rejudge.ts';
import type { Frame } from '../model/message.ts';
import { classify } from './classify.ts';
import type { Timekeeper } from './event-time.ts';
import { Interpreter } from './interpret.ts';
import { LineReader, type ReadMessage } from './reader.ts';

/**
 * `same`; `not-a-message`: an action of a person, a restart, or a summed-up repetition, which have no meaning alone;
 * `of-a-capture`: a statement of a capture, whose text is not stored; else the difference.
 */
export type Rechecked = 'same' | 'not-a-message' | 'of-a-capture' | { readonly differs: string };

/** The bytes of a text in UTF-8. */
type Encode = (text: string) => Frame['bytes'];

export function makeRechecker(advisory: Advisory, encode: Encode): (row: Evidence) => Rechecked {
  const readAlone = makeAloneReader(encode);
  return (row) => {
    const read = readAlone(row);
    if (read === null) return isOfCapture(row) ? 'of-a-capture' : 'not-a-message';
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

/** As `captured.ts` writes the statements of captures. Lines of a log that a capture shows are read again as lines. */
function isOfCapture({ raw, transport }: Evidence): boolean {
  return transport === null && /^capture(?:, line \d+(?: \(form assumed\))?)?: /.test(raw);
}

/** The difference of two zones is a multiple of a quarter of an hour. */
const ZONE_STEP_MS = 15 * 60_000;

/** What a stored line means under this advisory, at its stored times: a changed zone must not move it. */
export function makeRereader(advisory: Advisory, encode: Encode): Reread {
  const readAlone = makeAloneReader(encode);
  const interpreter = new Interpreter(advisory, true);
  return (row) => {
    const read = readAlone(row);
    if (read === null) return null;
    const { stamp, relayStamp } = read.envelope;
    const envelope = {
      ...read.envelope,
      stamp: { ...stamp, instant: row.stamp },
      relayStamp: { ...relayStamp, instant: row.relayStamp },
    };
    const timing = { at: row.at, used: row.timeUsed, rejected: row.stampRejected, skewMs: skewOf(row) };
    const stored = { ...read, envelope, timing, raw: row.raw, times: row.times };
    return interpreter.observe(stored, interpreter.interpret(read.message), true);
  };
}

/** How far the stamp of a stored line is off the relay's, or with `*` off the time that was used instead of it. */
function skewOf({ at, stamp, relayStamp, timeUsed, timeQuality }: Evidence): number | null {
  if (stamp === null) return null;
  if (relayStamp !== null) return stamp - relayStamp;
  return timeQuality === 'unset' && timeUsed !== 'stamp' ? stamp - at : null;
}

/**
 * Reads one record after the other, each as if there were no other: the tracked message, or null. Yearless stamps are
 * dated near the time of the row.
 */
function makeAloneReader(encode: Encode): (row: Evidence) => ReadMessage | null {
  let at = 0;
  let found: ReadMessage | null = null;
  const timing = () => ({ at, used: 'stamp', rejected: null, skewMs: null }) as const;
  const time: Timekeeper = {
    context: () => ({ reference: at, zoneOffset: () => 0, latest: Number.POSITIVE_INFINITY }),
    timingOf: timing,
    peek: timing,
    samplesTime: () => false,
    sample: timing,
  };
  // A repetition may repeat the record of another row: it is no message of its own.
  const message = (read: ReadMessage) => {
    if (!read.repetition) found ??= read;
  };
  const reader = new LineReader(time, { message, restart: () => {}, ordinary: () => {} });
  return (row) => {
    [at, found] = [row.at, null];
    const bytes = encode(row.raw);
    const from = { peer: row.sender, transport: row.transport ?? 'file' } as const;
    const place = { ...from, start: 0, end: bytes.length, truncated: false };
    reader.read([{ ...place, bytes, receivedAt: row.receivedAt }], () => false);
    reader.release(at, { end: true });
    return found;
  };
}
