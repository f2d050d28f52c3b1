import { Earley } from '../grammar/earley.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame, Stamp } from '../model/message.ts';
import grammar from './envelope.gen.ts';
import { headerElements, headerTokens } from './envelope-lexer.ts';
import { type Header, mapParts, noParts, type Parts } from './header.ts';
import { HeaderShapes, type Spans } from './header-shapes.ts';
import { readStamp, type StampContext } from './timestamp.ts';

export type Decoder = (frame: Pick<Frame, 'bytes' | 'start'>, headerEnd: number, context: StampContext) => Envelope;

/**
 * Makes a decoder of headers: `[frame.start, headerEnd)` is the part left of the message code. The decoder never fails:
 * a field that it cannot read is null. `reuse: false` parses every header anew, for comparison.
 */
export function makeDecoder(options?: { reuse?: boolean }): Decoder {
  const earley = new Earley<Header>(grammar, options);
  const shapes = options?.reuse === false ? null : new HeaderShapes();
  return ({ bytes, start }, headerEnd, context) => {
    const from = Math.max(start, headerEnd - limits.headerBytes);
    const spans = shapes?.find(bytes, from, headerEnd) ?? null;
    if (spans !== null) return resolve(cut(bytes.toString('latin1', from, headerEnd), spans), context);
    const text = bytes.toString('utf8', from, headerEnd).replace(/^\uFEFF/, '');
    const tokens = headerTokens(text);
    const reading = earley.parse(headerElements(tokens));
    if (reading.kind !== 'read') return resolve(noParts, context);
    if (!reading.value.digitsDecide) shapes?.keep(text, reading.value.parts);
    return resolve(
      mapParts(reading.value.parts, ({ value }) => value),
      context,
    );
  };
}

/** The text of each part. */
function cut(text: string, spans: Spans): Parts<string> {
  return mapParts(spans, ([from, to]) => text.slice(from, to));
}

function resolve(header: Parts<string>, context: StampContext): Envelope {
  const outer = readStamp(header.outerStamp, context);
  const relay = readStamp(header.relayStamp, near(outer, context));
  const read = readStamp(header.stamp, near(relay, context));
  const stamp = header.isSynced === '0' ? { ...read, quality: 'unsynchronized' as const } : read;
  const { counter, sequence } = counters(header);
  return {
    priority: toNumber(header.priority?.slice(1, -1) ?? null, 191),
    counter: toNumber(counter ?? header.relayCounter),
    sequence: toNumber(sequence ?? header.sessionSequence),
    origin: header.origin,
    relayHost: header.relayHost,
    stamp,
    relayStamp: relay,
  };
}

/** A stamp without a year takes the year of its own line's relay: other lines say less of it. */
function near({ instant }: Stamp, context: StampContext): StampContext {
  if (instant === null) return context;
  return { reference: instant, zoneOffset: context.zoneOffset, latest: Number.POSITIVE_INFINITY, isRelay: true };
}

/** The counter stands first; a single number with leading zeros is a service sequence number. */
function counters({ first, second }: Parts<string>): { counter: string | null; sequence: string | null } {
  if (first === null || second !== null) return { counter: first, sequence: second };
  return first.startsWith('0') && first.length > 1
    ? { counter: null, sequence: first }
    : { counter: first, sequence: null };
}

function toNumber(digits: string | null, most = Number.MAX_SAFE_INTEGER): number | null {
  if (digits === null || digits === '') return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) && value <= most ? value : null;
}
