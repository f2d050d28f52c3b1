/**
 * From the elements of a header to its roles. The device's own part stands right of a relay's, so the last stamp is
 * the device's and an earlier one the relay's; a name directly behind a stamp and without a colon is what a relay
 * wrote; any other name is the origin-id.
 */
import type { Token } from '../grammar/earley.ts';
import { isZoneName } from './zones.ts';

export type HeaderElement =
  | { readonly kind: 'priority'; readonly text: string }
  | { readonly kind: 'rfc5424'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'stamp'; readonly text: string }
  | { readonly kind: 'uptime'; readonly text: string }
  | { readonly kind: 'host'; readonly text: string; readonly colons: number }
  | { readonly kind: 'skipped' };

/** The header with its parts told apart, still as text. */
export type Header = {
  readonly priority: string | null;
  readonly rfc5424: string | null;
  readonly counter: string | null;
  readonly sequence: string | null;
  readonly origin: string | null;
  readonly relayHost: string | null;
  readonly stamp: string | null;
  readonly relayStamp: string | null;
};

type Element<K extends string> = readonly [Token, number] & { kind?: K };

const textOf =
  <K extends 'priority' | 'rfc5424' | 'number' | 'stamp' | 'uptime'>(kind: K) =>
  ([token]: Element<K>): HeaderElement => ({ kind, text: token.value });

export const priority = textOf('priority');
export const rfc5424 = textOf('rfc5424');
export const number = textOf('number');
export const stamp = textOf('stamp');
export const uptime = textOf('uptime');
export const host = ([token, colons]: Element<'host'>): HeaderElement => ({ kind: 'host', text: token.value, colons });
export const skipped = (): HeaderElement => ({ kind: 'skipped' });
export const colons = ([list]: [readonly unknown[]]): number => list.length;

export function envelope([, elements]: [number, readonly HeaderElement[]]): Header {
  const header = {
    priority: null as string | null,
    rfc5424: null as string | null,
    origin: null as string | null,
    relayHost: null as string | null,
    stamp: null as string | null,
    relayStamp: null as string | null,
  };
  let numbers: string[] = [];
  let before: HeaderElement['kind'] | null = null;
  for (const element of elements) {
    switch (element.kind) {
      case 'priority':
        header.priority = element.text;
        numbers = [];
        break;
      case 'rfc5424':
        header.rfc5424 = element.text;
        break;
      case 'number':
        numbers.push(element.text);
        break;
      case 'stamp':
      case 'uptime':
        if (header.stamp !== null) header.relayStamp = header.stamp;
        header.stamp = element.text;
        break;
      case 'host':
        if (isWritten(element.text)) placeHost(header, element, before);
        break;
      case 'skipped':
        break;
    }
    before = element.kind;
  }
  return { ...header, ...counters(numbers) };
}

/** `Jun 14 11:34:35 sw-a AEST: %…`: a zone that stands alone is not a name. */
function placeHost(
  header: { origin: string | null; relayHost: string | null },
  { text, colons }: { readonly text: string; readonly colons: number },
  before: HeaderElement['kind'] | null,
): void {
  if (before === 'stamp' && colons === 0 && header.relayHost === null) header.relayHost = text;
  else if (!(header.relayHost !== null && isZoneName(text))) header.origin = text;
}

/** The counter comes first; a lone number with leading zeros is a service sequence number. */
function counters(numbers: readonly string[]): { counter: string | null; sequence: string | null } {
  const [first, second] = numbers;
  if (first === undefined) return { counter: null, sequence: null };
  if (second !== undefined) return { counter: first, sequence: second };
  return first.startsWith('0') && first.length > 1
    ? { counter: null, sequence: first }
    : { counter: first, sequence: null };
}

/** Cisco writes these where no address or name is set; nothing may be keyed on them. */
const UNWRITTEN = new Set(['0.0.0.0', '::', ':::', 'localhost', 'XXX', '<>', '-']);

/** RFC 5424 §6.2.4: at most 255 printable ASCII characters; and not one of those. */
export function isWritten(name: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(name) && !UNWRITTEN.has(name);
}
