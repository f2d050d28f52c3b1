import { Earley } from '../grammar/earley.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame, Stamp } from '../model/message.ts';
import grammar from './envelope.gen.ts';
import { headerTokens } from './envelope-lexer.ts';
import { type Header, isWritten, mapParts, noParts, type Parts } from './envelope-postprocess.ts';
import { HeaderShapes, type Spans } from './header-shapes.ts';
import { messageCodeStart } from './message-code.ts';
import { readStamp, type StampContext } from './timestamp.ts';

export type Decoder = (frame: Frame, headerEnd: number, context: StampContext) => Envelope;

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
    const reading = earley.parse(tokens);
    if (reading.kind !== 'read') return resolve(noParts, context);
    shapes?.keep(text, tokens, reading.value);
    return resolve(
      mapParts(reading.value, ({ value }) => value),
      context,
    );
  };
}

/** The text of each part. */
function cut(text: string, spans: Spans): Parts<string> {
  return mapParts(spans, ([from, to]) => text.slice(from, to));
}

/** The end of any record's header: the start of the message code, if the record has one. */
export function headerEndOf(frame: Frame): number {
  return messageCodeStart(frame.bytes, frame.start, frame.end) ?? headerEndWithoutCode(frame);
}

/**
 * The end of the header of a record without a message code: after its counter, names and stamps if there is a stamp,
 * else after its PRI. Text that only looks like a name is then not read as a name.
 */
export function headerEndWithoutCode(frame: Frame): number {
  const text = frame.bytes.toString('latin1', frame.start, Math.min(frame.end, frame.start + limits.headerBytes));
  const header =
    /^(?:<\d{1,3}>)?(?:1 (?=[\d-]))?.{0,80}?(?:\d{4}-\d\d-\d\dT[\d:.]+\S*|[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?)(?: [A-Za-z]{2,8}(?= ?:))?(?: ?: ?)?/.exec(
      text,
    ) ?? /^(?:<\d{1,3}>)?/.exec(text);
  return frame.start + (header?.[0].length ?? 0);
}

function resolve(header: Parts<string>, context: StampContext): Envelope {
  const syslog = header.rfc5424 === null ? null : rfc5424(header.rfc5424);
  const outer = header.stamp === null ? null : (syslog?.stamp ?? null);
  const relay =
    header.relayStamp === null
      ? readStamp(outer, context)
      : readStamp(header.relayStamp, near(readStamp(outer, context), context));
  const deviceStamp = readStamp(header.stamp, near(relay, context));
  const chosen = header.stamp === null && syslog !== null ? readStamp(syslog.stamp, context) : deviceStamp;
  const stamp =
    syslog?.synchronized === false && chosen !== deviceStamp
      ? { ...chosen, quality: 'unsynchronized' as const }
      : chosen;
  const { counter, sequence } = counters(header);
  return {
    priority: toNumber(header.priority?.slice(1, -1) ?? syslog?.priority ?? null, 191),
    counter: toNumber(counter ?? syslog?.counter ?? null),
    sequence: toNumber(sequence),
    origin: header.origin,
    relayHost: syslog?.host ?? header.relayHost,
    stamp,
    relayStamp: relay,
  };
}

/** A stamp without a year takes the year of its own line's relay: other lines say less of it. */
function near({ instant }: Stamp, context: StampContext): StampContext {
  if (instant === null) return context;
  return { reference: instant, zoneOffset: context.zoneOffset, latest: Number.POSITIVE_INFINITY };
}

/** The counter stands first; a single number with leading zeros is a service sequence number. */
function counters({ first, second }: Parts<string>): { counter: string | null; sequence: string | null } {
  if (first === null || second !== null) return { counter: first, sequence: second };
  return first.startsWith('0') && first.length > 1
    ? { counter: null, sequence: first }
    : { counter: first, sequence: null };
}

/** RFC 5424 §6.2: PRI VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA. */
function rfc5424(text: string) {
  const [pri = '', stamp = '-', host = '-', app = '-'] = text.replace(/^Original Address=\S+ /, '<>').split(' ', 4);
  return {
    priority: pri.slice(1, pri.indexOf('>')),
    stamp: stamp === '-' ? null : stamp,
    host: isWritten(host) ? host : null,
    /** A relay that found no program name has put IOS's message counter into APP-NAME. */
    counter: /^\d+$/.test(app) ? app : null,
    /** RFC 5424 §7.1.2: the sender's own statement. */
    synchronized: !/\[timeQuality [^\]]*isSynced="0"/.test(text),
  };
}

function toNumber(digits: string | null, most = Number.MAX_SAFE_INTEGER): number | null {
  if (digits === null || digits === '') return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) && value <= most ? value : null;
}
