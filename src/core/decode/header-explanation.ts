/** How a header was read, token by token, for people who report a misread header. */
import { Earley } from '../grammar/earley.ts';
import { limits } from '../model/limits.ts';
import type { Frame } from '../model/message.ts';
import grammar from './envelope.gen.ts';
import { type HeaderToken, headerElements, headerTokens } from './envelope-lexer.ts';
import { type Header, noParts, type Parts, type Unused } from './header.ts';
import { headerEndOf } from './header-end.ts';

/** `part`: what the text was read as, in words. */
export type ExplainedToken = { readonly text: string; readonly part: string };

export type HeaderExplanation = {
  /** The header's text, and the rest of the record. */
  readonly header: string;
  readonly rest: string;
  /** In the order of the header. */
  readonly tokens: readonly ExplainedToken[];
  readonly origin: string | null;
  readonly relayHost: string | null;
};

const PARTS: Readonly<Record<keyof Parts<unknown>, string>> = {
  priority: 'PRI: facility and severity',
  first: 'message counter, or sequence number if it has leading zeros and stands alone',
  second: 'sequence number',
  relayCounter: 'message counter, if no other number is one (a relay put it here)',
  sessionSequence: 'sequence number of the session, if there is no other one',
  origin: 'name of the device (origin-id)',
  relayHost: 'host in the header of a relay (or RFC 5424 HOSTNAME)',
  stamp: "time stamp: the device's",
  relayStamp: "time stamp: a relay's",
  outerStamp: "time stamp: an outer relay's",
  isSynced: "RFC 5424: whether the sender's clock is synchronized",
};

const UNUSED: Readonly<Record<Unused, string>> = {
  text: 'text: a header has no name or number in this place',
  placeholder: 'no name: Cisco writes this if no name or address is set',
  zone: 'time zone',
  program: 'program, not a device',
  location: 'location inside the device',
  context: 'context inside the device',
  level: 'facility and level',
  alias: 'what the relay looked up about the host',
  'session data': 'structured data without a name and a number of a session',
  outer: 'name in the header of an outer relay: a header nearer to the message has the name',
  repetition: 'rsyslog: the message was repeated',
};

const NOT_READ = 'not used: a part nearer to the message says the same';

/** Never throws, whatever the bytes are. */
export function explainHeader(frame: Frame): HeaderExplanation {
  const end = headerEndOf(frame);
  const from = Math.max(frame.start, end - limits.headerBytes);
  const header = frame.bytes.toString('utf8', from, end).replace(/^\uFEFF/, '');
  const tokens = headerTokens(header);
  const reading = new Earley<Header>(grammar, { reuse: false }).parse(headerElements(tokens));
  const { parts, unused } =
    reading.kind === 'read' ? reading.value : { parts: noParts, unused: new Map<HeaderToken, Unused>() };
  return {
    header,
    rest: frame.bytes.toString('utf8', end, frame.end),
    tokens: tokens
      .filter(({ type }) => type !== 'colon')
      .flatMap((token) => {
        const found = [...partsIn(parts), ...unusedIn(unused)].filter(({ offset }) => isInside(offset, token));
        if (found.length === 0) return [{ text: token.value.trim(), part: NOT_READ }];
        return found.sort((a, b) => a.offset - b.offset).map(({ text, part }) => ({ text, part }));
      }),
    origin: parts.origin?.value ?? null,
    relayHost: parts.relayHost?.value ?? null,
  };
}

type Found = ExplainedToken & { readonly offset: number };

function partsIn(parts: Parts<HeaderToken>): Found[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    part === null ? [] : [{ text: part.value, part: PARTS[name as keyof typeof PARTS], offset: part.offset }],
  );
}

function unusedIn(unused: ReadonlyMap<HeaderToken, Unused>): Found[] {
  return [...unused].map(([{ value, offset }, why]) => ({ text: value.trim(), part: UNUSED[why], offset }));
}

function isInside(offset: number, token: HeaderToken): boolean {
  return offset >= token.offset && offset < token.offset + token.value.length;
}
