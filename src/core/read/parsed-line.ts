/** One line read in full, whatever it is: the object that `parse` prints and the goldens of `samples/` hold. */

import type { Advisory } from '../advisory/advisory.ts';
import { headerEndWithoutCode, makeDecoder } from '../decode/envelope.ts';
import { findMessageCode, type MessageCode } from '../decode/message-code.ts';
import { toIso } from '../model/instant.ts';
import type { Classification, Fields, Frame, Message, Outcome, TimeQuality } from '../model/message.ts';
import { noFields } from '../model/message.ts';
import { nameOf } from '../model/names.ts';
import { makeParser, type Parser } from '../parse/parse.ts';
import { classify, fieldsOf } from './classify.ts';
import { Continuations } from './continuation.ts';
import type { Timekeeper } from './event-time.ts';

export type ParsedLine = {
  readonly device: string | null;
  readonly peer: string | null;
  readonly priority: number | null;
  readonly counter: number | null;
  readonly sequence: number | null;
  readonly origin: string | null;
  readonly deviceTime: string | null;
  readonly timeQuality: TimeQuality;
  readonly yearAssumed: boolean;
  readonly at: string | null;
  readonly facility: string | null;
  readonly severity: number | null;
  readonly mnemonic: string | null;
  readonly kind: Classification['kind'] | null;
  readonly family: string | null;
  readonly cause: Classification['cause'];
  readonly fields: Fields;
  readonly text: string;
  readonly raw: string;
  readonly outcome: Outcome;
};

/** Reads lines as they come, two that are one message as one; `end` gives what still waits for its second line. */
export type MessageReader = { readonly read: (frame: Frame) => ParsedLine[]; readonly end: () => ParsedLine[] };

export function makeMessageReader(advisory: Advisory, time: Timekeeper): MessageReader {
  const read = makeReader(advisory, time);
  // Only the next line is waited for, so that messages keep the order of their lines.
  const continuations = new Continuations(makeDecoder(), { lines: 1 });
  return {
    read: (frame) => {
      continuations.line++;
      const released = continuations.release(frame.receivedAt).map(read);
      const core = findMessageCode(frame.bytes, frame.start, frame.end);
      const context = time.context(frame);
      if (core?.tracked === true && Continuations.isHead(frame, core)) {
        const joined = continuations.hold(frame, core, context);
        return joined === null ? released : [...released, read(joined)];
      }
      const joined = core === null && Continuations.isTail(frame) ? continuations.join(frame, context) : null;
      return [...released, read(joined ?? frame)];
    },
    end: () => continuations.release(0, { end: true }).map(read),
  };
}

/** `time` decides `at`; it keeps state from line to line. */
export function makeReader(advisory: Advisory, time: Timekeeper): (frame: Frame) => ParsedLine {
  const decode = makeDecoder();
  const parse = makeParser();
  return (frame) => {
    const { bytes, start, end, peer } = frame;
    const core = findMessageCode(bytes, start, end);
    const bodyStart = core === null ? headerEndWithoutCode(frame) : core.body;
    const envelope = decode(frame, core?.start ?? bodyStart, time.context(frame));
    const message = toMessage(core, bytes.toString('utf8', bodyStart, end), parse);
    const ours = message.outcome === 'parsed' || message.outcome === 'text-only';
    const signal = ours ? classify(message, advisory) : null;
    return {
      device: nameOf({ ...envelope, peer }),
      peer,
      priority: envelope.priority,
      counter: envelope.counter,
      sequence: envelope.sequence,
      origin: envelope.origin,
      deviceTime: toIso(envelope.stamp.instant),
      timeQuality: envelope.stamp.quality,
      yearAssumed: envelope.stamp.yearAssumed,
      at: toIso(time.timingOf(envelope, frame).at),
      facility: core?.facility ?? null,
      severity: core?.severity ?? null,
      mnemonic: core?.mnemonic ?? null,
      kind: signal?.kind ?? null,
      family: signal?.family ?? null,
      cause: signal?.cause ?? null,
      fields: ours ? fieldsOf(message) : noFields,
      text: message.text,
      raw: bytes.toString('utf8', start, end),
      outcome: message.outcome,
    };
  };
}

function toMessage(core: MessageCode | null, text: string, parse: Parser): Message {
  if (core === null) return { outcome: 'no-core', text };
  const { facility, severity, mnemonic } = core;
  return core.tracked
    ? parse({ facility, severity, mnemonic }, text)
    : { outcome: 'other', facility, severity, mnemonic, text };
}
