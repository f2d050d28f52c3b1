/**
 * Assigns roles to the elements of a header. The device's part stands right of a relay's part, so the last stamp is the
 * device's, and an earlier stamp is the relay's. A relay wrote a name directly after a stamp and without a colon; any
 * other name is the origin-id.
 */
import type { HeaderToken } from './envelope-lexer.ts';
import { isZoneName } from './zones.ts';

export type HeaderElement =
  | { readonly kind: 'priority' | 'rfc5424' | 'number' | 'uptime'; readonly token: HeaderToken }
  | { readonly kind: 'stamp' | 'host'; readonly token: HeaderToken; readonly colons: Colons }
  | { readonly kind: 'skipped' };

/** Number of colons, and whether a blank stands before the first colon. */
type Colons = { readonly count: number; readonly apart: boolean };

/** The parts of a header; null for an absent part. */
export type Parts<T> = {
  readonly priority: T | null;
  readonly rfc5424: T | null;
  /** The first two numbers after the PRI: counter and sequence number, or one of them. */
  readonly first: T | null;
  readonly second: T | null;
  readonly origin: T | null;
  readonly relayHost: T | null;
  readonly stamp: T | null;
  readonly relayStamp: T | null;
};

/** The parts as tokens, before their text is interpreted. */
export type Header = Parts<HeaderToken>;

export const noParts: Parts<never> = {
  priority: null,
  rfc5424: null,
  first: null,
  second: null,
  origin: null,
  relayHost: null,
  stamp: null,
  relayStamp: null,
};

export function mapParts<T, U>(parts: Parts<T>, to: (part: T) => U): Parts<U> {
  const part = (one: T | null): U | null => (one === null ? null : to(one));
  return {
    priority: part(parts.priority),
    rfc5424: part(parts.rfc5424),
    first: part(parts.first),
    second: part(parts.second),
    origin: part(parts.origin),
    relayHost: part(parts.relayHost),
    stamp: part(parts.stamp),
    relayStamp: part(parts.relayStamp),
  };
}

type Element = readonly [HeaderToken, Colons];

const tokenOf =
  (kind: 'priority' | 'rfc5424' | 'number' | 'uptime') =>
  ([token]: Element): HeaderElement => ({ kind, token });

export const priority = tokenOf('priority');
export const rfc5424 = tokenOf('rfc5424');
export const number = tokenOf('number');
export const uptime = tokenOf('uptime');
export const stamp = ([token, colons]: Element): HeaderElement => ({ kind: 'stamp', token, colons });
export const host = ([token, colons]: Element): HeaderElement => ({ kind: 'host', token, colons });
/** An origin-id of any characters has a colon; `R0/0:` is a location in a device. */
export const string = ([token, colons]: Element): HeaderElement =>
  colons.count > 0 && !/^[A-Z]*\d+(?:\/\d+)+$/.test(token.value) ? { kind: 'host', token, colons } : skipped();
export const skipped = (): HeaderElement => ({ kind: 'skipped' });
export const colons = ([list]: [readonly HeaderToken[]]): Colons => ({
  count: list.length,
  apart: list[0] !== undefined && list[0].value.length > 1,
});

export function envelope([, elements]: [Colons, readonly HeaderElement[]]): Header {
  const header: Writable = { ...noParts };
  let previous: HeaderElement | null = null;
  for (const element of elements) {
    switch (element.kind) {
      case 'priority':
        header.priority = element.token;
        header.first = null;
        header.second = null;
        break;
      case 'rfc5424':
        header.rfc5424 = element.token;
        break;
      case 'number':
        if (header.first === null) header.first = element.token;
        else header.second ??= element.token;
        break;
      case 'stamp':
        placeStamp(header, element);
        break;
      case 'uptime':
        if (header.stamp !== null) header.relayStamp = header.stamp;
        header.stamp = element.token;
        break;
      case 'host':
        if (isWritten(element.token.value)) placeHost(header, element, previous);
        break;
      case 'skipped':
        break;
    }
    previous = element;
  }
  return header;
}

type Writable = { -readonly [P in keyof Header]: Header[P] };
type Placed = { readonly token: HeaderToken; readonly colons: Colons };

/** `Oct 12 2022 08:10:00 fwgate : %ASA-`: the lexer reads a short name as a zone, because any word may be a zone. */
function placeStamp(header: Writable, { token, colons }: Placed): void {
  if (header.stamp !== null) header.relayStamp = header.stamp;
  header.stamp = token;
  const at = token.value.lastIndexOf(' ');
  const word = token.value.slice(at + 1);
  const isAlone = header.origin === null && header.relayHost === null && header.first === null;
  if (!isAlone || !colons.apart || !/^[A-Za-z]{2,}$/.test(word) || isZoneName(word) || HALF.test(word)) return;
  header.stamp = { ...token, value: token.value.slice(0, at) };
  header.origin = { ...token, value: word, offset: token.offset + at + 1 };
}

const HALF = /^[AP]M$/i;

/** A zone name has letters only, or the form `EST5EDT`. A word with other characters is a name or an address. */
const ZONE_WORD = /^(?:[A-Za-z]+|[A-Za-z]{3,5}\d{1,2}[A-Za-z]{3,5})$/;

/**
 * `Jun 14 11:34:35 sw-a AEST: %…`: a zone that stands alone is not a name. A word between a stamp and its colon is not
 * a name either, if a name or a counter stands before the stamp.
 */
function placeHost(header: Writable, { token, colons }: Placed, previous: HeaderElement | null): void {
  const isAfterStamp = previous?.kind === 'stamp' && previous.colons.count === 0;
  const isNamed = header.origin !== null || header.first !== null;
  if (isAfterStamp && colons.count > 0 && isNamed && ZONE_WORD.test(token.value)) return;
  if (previous?.kind === 'stamp' && colons.count === 0 && header.relayHost === null) header.relayHost = token;
  else if (!(header.relayHost !== null && isZoneName(token.value))) header.origin = token;
}

/** Cisco writes these if no address or name is set; they identify no device. */
const UNWRITTEN = new Set(['0.0.0.0', '::', ':::', 'localhost', 'XXX', '<>', '-']);

/** True for a name of RFC 5424 §6.2.4 (at most 255 printable ASCII characters) that is not a placeholder. */
export function isWritten(name: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(name) && !UNWRITTEN.has(name);
}
