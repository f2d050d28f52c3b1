/**
 * From the elements of a header to its roles. The device's own part stands right of a relay's, so the last stamp is
 * the device's and an earlier one the relay's; a name directly behind a stamp and without a colon is what a relay
 * wrote; any other name is the origin-id.
 */
import type { HeaderToken } from './envelope-lexer.ts';
import { isZoneName } from './zones.ts';

export type HeaderElement =
  | { readonly kind: 'priority' | 'rfc5424' | 'number' | 'stamp' | 'uptime'; readonly token: HeaderToken }
  | { readonly kind: 'host'; readonly token: HeaderToken; readonly colons: number }
  | { readonly kind: 'skipped' };

/** What a header consists of; null for what is not there. */
export type Parts<T> = {
  readonly priority: T | null;
  readonly rfc5424: T | null;
  /** The first two numbers behind the PRI: counter, sequence number, or one of them. */
  readonly first: T | null;
  readonly second: T | null;
  readonly origin: T | null;
  readonly relayHost: T | null;
  readonly stamp: T | null;
  readonly relayStamp: T | null;
};

/** The header with its parts told apart, not looked into yet. */
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

type Element<K extends string> = readonly [HeaderToken, number] & { kind?: K };

const tokenOf =
  <K extends 'priority' | 'rfc5424' | 'number' | 'stamp' | 'uptime'>(kind: K) =>
  ([token]: Element<K>): HeaderElement => ({ kind, token });

export const priority = tokenOf('priority');
export const rfc5424 = tokenOf('rfc5424');
export const number = tokenOf('number');
export const stamp = tokenOf('stamp');
export const uptime = tokenOf('uptime');
export const host = ([token, colons]: Element<'host'>): HeaderElement => ({ kind: 'host', token, colons });
export const skipped = (): HeaderElement => ({ kind: 'skipped' });
export const colons = ([list]: [readonly unknown[]]): number => list.length;

export function envelope([, elements]: [number, readonly HeaderElement[]]): Header {
  const header: { -readonly [P in keyof Header]: Header[P] } = { ...noParts };
  let before: HeaderElement['kind'] | null = null;
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
      case 'uptime':
        if (header.stamp !== null) header.relayStamp = header.stamp;
        header.stamp = element.token;
        break;
      case 'host':
        if (isWritten(element.token.value)) placeHost(header, element, before);
        break;
      case 'skipped':
        break;
    }
    before = element.kind;
  }
  return header;
}

/** `Jun 14 11:34:35 sw-a AEST: %…`: a zone that stands alone is not a name. */
function placeHost(
  header: { origin: HeaderToken | null; relayHost: HeaderToken | null },
  { token, colons }: { readonly token: HeaderToken; readonly colons: number },
  before: HeaderElement['kind'] | null,
): void {
  if (before === 'stamp' && colons === 0 && header.relayHost === null) header.relayHost = token;
  else if (!(header.relayHost !== null && isZoneName(token.value))) header.origin = token;
}

/** Cisco writes these where no address or name is set; nothing may be keyed on them. */
const UNWRITTEN = new Set(['0.0.0.0', '::', ':::', 'localhost', 'XXX', '<>', '-']);

/** RFC 5424 §6.2.4: at most 255 printable ASCII characters; and not one of those. */
export function isWritten(name: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(name) && !UNWRITTEN.has(name);
}
