/**
 * Assigns roles to the elements of a header by their places. The device's part stands right of a relay's part, so the
 * last stamp is the device's, and an earlier stamp is the relay's. A name can stand only where some header has a name:
 * directly after a relay's stamp, or before a colon, a counter or a location, with nothing but header parts before it.
 * Any other word is text, for example of a prompt.
 */
import type { Colons, HeaderElement, HeaderToken } from './envelope-lexer.ts';
import { hostIn, levelledFields, originalAddress, promptName, sessionFields, syslogFields } from './header-fields.ts';
import { isOfTime } from './header-words.ts';
import { PLACEHOLDERS } from './name-hash.ts';
import { isZoneName } from './zones.ts';

/** The parts of a header; null for an absent part. */
export type Parts<T> = {
  readonly priority: T | null;
  /** The first two numbers after the PRI: counter and sequence number, or one of them. */
  readonly first: T | null;
  readonly second: T | null;
  /** The counter that a relay has put into RFC 5424's own fields, and the number of Cisco's session. */
  readonly relayCounter: T | null;
  readonly sessionSequence: T | null;
  readonly origin: T | null;
  readonly relayHost: T | null;
  readonly stamp: T | null;
  readonly relayStamp: T | null;
  /** The stamp of the outermost relay, if several relays have written one. */
  readonly outerStamp: T | null;
  /** RFC 5424's `isSynced`, if the stamp is the one that it is about. */
  readonly isSynced: T | null;
};

export const noParts: Parts<never> = {
  priority: null,
  first: null,
  second: null,
  relayCounter: null,
  sessionSequence: null,
  origin: null,
  relayHost: null,
  stamp: null,
  relayStamp: null,
  outerStamp: null,
  isSynced: null,
};

export function mapParts<T, U>(parts: Parts<T>, to: (part: T) => U): Parts<U> {
  const part = (one: T | null): U | null => (one === null ? null : to(one));
  return {
    priority: part(parts.priority),
    first: part(parts.first),
    second: part(parts.second),
    relayCounter: part(parts.relayCounter),
    sessionSequence: part(parts.sessionSequence),
    origin: part(parts.origin),
    relayHost: part(parts.relayHost),
    stamp: part(parts.stamp),
    relayStamp: part(parts.relayStamp),
    outerStamp: part(parts.outerStamp),
    isSynced: part(parts.isSynced),
  };
}

/** Why a token is no part of the result. */
export type Unused =
  | 'text'
  | 'placeholder'
  | 'zone'
  | 'program'
  | 'location'
  | 'context'
  | 'level'
  | 'alias'
  | 'session data'
  | 'repetition'
  | 'outer';

/** The parts as tokens, before their text is interpreted, and the tokens that are no part. */
export type Header = {
  readonly parts: Parts<HeaderToken>;
  readonly unused: ReadonlyMap<HeaderToken, Unused>;
  /** A header that differs only in its digits may be read otherwise. */
  readonly digitsDecide: boolean;
};

export function envelope([elements]: [readonly HeaderElement[]]): Header {
  return new HeaderReading().read(elements);
}

type Writable = { -readonly [P in keyof Parts<HeaderToken>]: HeaderToken | null };

/** What stands before an element. `start`: the beginning of the line, or of what a relay has forwarded. */
type Place = 'start' | 'number' | 'name' | 'relay host' | 'stamp' | 'stamp with colon' | 'message' | 'text';

/** The places that a name with a colon, or before a counter or a location, can follow. */
const BEFORE_NAME: ReadonlySet<Place> = new Set<Place>(['start', 'number', 'name', 'relay host']);
/** What may follow a name without a colon; the message code may, too. */
const AFTER_NAME = new Set([
  ...['number', 'stamp', 'iso', 'uptime', 'location', 'context', 'process', 'sd', 'bracketed', 'pri', 'rfc5424'],
  ...['repeat', 'original', 'levelled', 'level', 'alias'],
]);

/** What must follow a name of letters alone with which a line begins. */
const BEHIND_BARE_NAME: ReadonlySet<string | undefined> = new Set(['number', 'stamp', 'name']);

class HeaderReading {
  readonly #parts: Writable = { ...noParts };
  readonly #unused = new Map<HeaderToken, Unused>();
  #place: Place = 'start';
  /** True after a part that only syslog has: a PRI, an RFC 5424 header, a stamp at the beginning. */
  #anchored = false;
  /** Whether the last stamp stands behind a text. */
  #behindText = false;
  /** The stamp of the last RFC 5424 header. */
  #syslogStamp: HeaderToken | null = null;
  /** The host of an outer relay. */
  #outer: HeaderToken | null = null;
  #session: HeaderToken | null = null;
  #digitsDecide = false;

  read(elements: readonly HeaderElement[]): Header {
    for (const [index, one] of elements.entries()) this.#element(one, elements[index + 1]);
    const parts = this.#parts;
    parts.origin ??= this.#session;
    parts.relayHost ??= this.#outer;
    if (parts.relayHost !== null) this.#unused.delete(parts.relayHost);
    if (parts.stamp !== this.#syslogStamp) parts.isSynced = null;
    return { parts, unused: this.#unused, digitsDecide: this.#digitsDecide };
  }

  #element(one: HeaderElement, next: HeaderElement | undefined): void {
    const { token, colons } = one;
    switch (token.form) {
      case 'pri':
        this.#open();
        this.#parts.priority = token;
        break;
      case 'rfc5424':
        this.#open();
        this.#syslog(token, next);
        break;
      case 'kiwi':
        this.#syslog(token, next);
        break;
      case 'original':
        this.#relay(originalAddress(token));
        break;
      case 'levelled': {
        const { stamp, host } = levelledFields(token);
        if (stamp !== null) this.#stamp(stamp);
        if (host !== null) this.#relay(host);
        break;
      }
      case 'prompt':
        this.#parts.origin = written(promptName(token));
        this.#place = 'name';
        break;
      case 'number':
        this.#number(token, colons, next);
        break;
      case 'uptime':
        if (this.#place === 'text') {
          this.#text(token);
          break;
        }
        this.#stamp(token, colons);
        this.#place = 'stamp with colon';
        break;
      case 'stamp':
      case 'iso':
        this.#anchored ||= this.#place === 'start';
        this.#behindText = this.#place === 'text' || this.#place === 'message';
        this.#stamp(token, colons);
        this.#place = colons.count > 0 ? 'stamp with colon' : 'stamp';
        break;
      case 'host':
      case 'string':
      case 'bracketed':
        this.#name(token, colons, next);
        break;
      case 'sd': {
        const { name, sequence } = sessionFields(token);
        if (name === null && sequence === null) this.#unused.set(token, 'session data');
        this.#session = name === null ? this.#session : written(name);
        this.#parts.sessionSequence ??= sequence;
        break;
      }
      case 'repeat':
        this.#unused.set(token, 'repetition');
        if (this.#anchored) this.#place = 'relay host';
        break;
      case 'level':
        // `Error: …` begins a text, unless a relay has begun the line.
        if (this.#place === 'start' && !this.#anchored && !LOCAL.test(token.value)) this.#text(token);
        else this.#unused.set(token, 'level');
        break;
      case 'alias':
        this.#unused.set(token, 'alias');
        break;
      case 'context':
      case 'location':
        this.#unused.set(token, token.form);
        this.#place = 'message';
        break;
      case 'process':
      case 'tag':
        this.#unused.set(token, 'program');
        this.#place = 'message';
        break;
      default:
        this.#text(token);
    }
  }

  /** A header that a relay has put before another header: the inner header is the device's. */
  #open(): void {
    const parts = this.#parts;
    for (const name of [parts.origin, parts.relayHost]) if (name !== null) this.#unused.set(name, 'outer');
    this.#outer = parts.origin ?? parts.relayHost ?? this.#outer;
    parts.origin = null;
    parts.relayHost = null;
    parts.first = null;
    parts.second = null;
    parts.relayCounter = null;
    parts.sessionSequence = null;
    this.#session = null;
    this.#anchored = true;
    this.#place = 'start';
  }

  #syslog(token: HeaderToken, next: HeaderElement | undefined): void {
    const { priority, stamp, host, app, bare, sequenceId, isSynced } = syslogFields(token);
    const parts = this.#parts;
    if (priority !== null) parts.priority = priority;
    if (stamp !== null) this.#stamp(stamp);
    parts.isSynced = isSynced;
    this.#syslogStamp = stamp;
    const isNumber = (field: HeaderToken) => /^\d+$/.test(field.value);
    if (sequenceId === null) {
      // A relay that found no program name has put IOS's message counter into APP-NAME, or even into HOSTNAME.
      const isYear = /^\d{4}$/.test(app.value) && next?.token.form === 'stamp' && next.colons.count === 0;
      parts.relayCounter = isNumber(app) && !isYear ? app : isNumber(host) ? host : null;
    }
    if (parts.relayHost === null && !isNumber(host) && !isOfTime(host.value)) parts.relayHost = written(hostIn(host));
    if (bare && !isNumber(app) && isDeviceFor(app, sequenceId !== null, next)) parts.origin = written(app);
    if (sequenceId !== null && sequenceId.value !== '') {
      // Where syslog-ng has read the line, the number is the switch's; else it may be the relay's own.
      if (parts.origin !== null || isNumber(app)) parts.first = sequenceId;
      else parts.relayCounter = sequenceId;
      if (isNumber(app)) parts.second = app;
    }
    this.#place = 'relay host';
  }

  /** The host of a relay's header. */
  #relay(host: HeaderToken): void {
    this.#anchored = true;
    this.#parts.relayHost = written(hostIn(host));
    this.#place = 'relay host';
  }

  #number(token: HeaderToken, { count }: Colons, next: HeaderElement | undefined): void {
    const parts = this.#parts;
    // Behind a text, only IOS's own form of a sequence number is one: `[confirm]000123: *Mar  1`.
    const isOfText = this.#place === 'text' || this.#place === 'message';
    const hasItsForm = count > 0 && token.value.length === 6 && isStamp(next);
    this.#digitsDecide ||= isOfText && hasItsForm;
    const isSequence = hasItsForm && token.value.startsWith('0');
    // `18:46:11`, the rest of a stamp that was cut.
    const isOfTime =
      count > 0 && next?.token.offset === token.offset + token.value.length + 1 && /^\d/.test(next.token.value);
    if ((isOfText && !isSequence) || isOfTime || count === 0) {
      this.#text(token);
      return;
    }
    if (parts.first === null) parts.first = token;
    else parts.second ??= token;
    this.#place = 'number';
  }

  /** `Oct 12 2022 08:10:00 fwgate : %ASA-`: the lexer reads a short name as a zone, because any word may be a zone. */
  #stamp(token: HeaderToken, colons: Colons = { count: 0, apart: false }): void {
    const parts = this.#parts;
    parts.outerStamp ??= parts.relayStamp;
    if (parts.stamp !== null) parts.relayStamp = parts.stamp;
    parts.stamp = token;
    const at = token.value.lastIndexOf(' ');
    const word = token.value.slice(at + 1);
    const isAlone = parts.origin === null && parts.relayHost === null && parts.first === null && this.#place !== 'text';
    const isWord = colons.apart && /^[A-Za-z]{2,}$/.test(word) && !HALF.test(word);
    if (!isAlone || this.#place === 'message' || !isWord || isZoneName(word)) return;
    parts.stamp = { ...token, value: token.value.slice(0, at) };
    parts.origin = { ...token, value: word, offset: token.offset + at + 1 };
  }

  #name(token: HeaderToken, colons: Colons, next: HeaderElement | undefined): void {
    const host = hostIn(token);
    const role = this.#roleOf(token, host.value, colons, next);
    if (role === 'text') {
      this.#text(token);
      return;
    }
    if (role === 'zone' || role === 'program') {
      this.#unused.set(token, role);
      if (role === 'program') this.#place = 'message';
      return;
    }
    const name = written(host);
    if (name === null) this.#unused.set(token, 'placeholder');
    else if (role === 'origin') this.#parts.origin = name;
    else this.#parts.relayHost = name;
    this.#place = role === 'origin' ? 'name' : 'relay host';
  }

  #roleOf(
    token: HeaderToken,
    value: string,
    colons: Colons,
    next: HeaderElement | undefined,
  ): 'origin' | 'relay' | 'zone' | 'program' | 'text' {
    const { origin, first, relayHost } = this.#parts;
    const end = token.offset + token.value.length;
    const place = this.#place;
    if (place === 'text' || place === 'message') return 'text';
    if (/^[A-Z]*\d+(?:\/\d+)+$/.test(value) || isOfTime(value)) return 'text';
    if (colons.count === 0) {
      // Without a blank: `e*Apr 30 03:55:10`.
      if (next !== undefined && next.token.offset === end && next.token.form !== 'alias') return 'text';
      const isHeader = next === undefined || AFTER_NAME.has(next.token.form);
      if (place === 'stamp') {
        if (isZoneName(value)) return 'zone';
        // `relay sw-a 17:`, and RFC 3164 §4.1.3: `sw-a program: text`.
        const isBeforeName =
          !this.#behindText && next?.token.type === 'name' && (next.colons.count > 0 || isNameLike(next.token.value));
        return isHeader || isBeforeName || isNameLike(value) ? 'relay' : 'text';
      }
      if (place === 'stamp with colon' || !isHeader) return isZoneName(value) ? 'zone' : 'text';
      if (relayHost !== null && isZoneName(value)) return 'zone';
      if (next === undefined && place === 'relay host') return isNameLike(value) ? 'origin' : 'program';
      const isPlaced = this.#anchored || place !== 'start' || (isNameLike(value) && !CUT.test(value));
      const isBeforeNumber = next?.token.form === 'number' && next.colons.count > 0;
      if (isBeforeNumber || next?.token.form === 'location') return isPlaced ? 'origin' : 'text';
      const isLast = next === undefined || next.token.type === 'stamp' || next.token.type === 'relay';
      return isLast && (this.#anchored || (place !== 'start' && isNameLike(value))) ? 'origin' : 'text';
    }
    if (place === 'stamp') {
      // A word between a stamp and its colon is a zone, if a name or a counter stands before the stamp.
      const isNamed = origin !== null || first !== null || relayHost !== null;
      return isZoneName(value) || (isNamed && ZONE_WORD.test(value)) ? 'zone' : 'origin';
    }
    if (isZoneName(value)) return 'zone';
    // RFC 3164 §4.1.3: the tag of a relay, before what it has forwarded.
    if (relayHost !== null && next?.token.type === 'relay') return 'program';
    if (next === undefined && (place === 'relay host' || place === 'stamp with colon') && !isNameLike(value)) {
      return 'program';
    }
    if (!BEFORE_NAME.has(place) && place !== 'stamp with colon') return 'text';
    const isLastWord = next === undefined && !isNameLike(value);
    if (!this.#anchored && (isLastWord || PROMPT_WORD.test(value))) return 'text';
    const isBare = place === 'start' && !this.#anchored;
    if (!isBare) return 'origin';
    // `PU0:Nov 26 18:46:11`: a location that was cut.
    const isGlued = next?.token.type === 'stamp' && next.token.offset === end + (colons.apart ? 2 : 1);
    if (isGlued || next?.token.form === 'process' || CUT.test(value)) return 'text';
    const isBehindName = next?.token.type !== 'name' || next.colons.count > 0;
    const isHeader = BEHIND_BARE_NAME.has(next?.token.type) && isBehindName;
    const isWord = !isHeader && !isNameLike(value);
    return isWord || !/^[\w.:@/#-]+$/.test(value) ? 'text' : 'origin';
  }

  /** No name stands behind a text, and none before it unless a syslog header does. */
  #text(token: HeaderToken): void {
    this.#unused.set(token, 'text');
    if (!this.#anchored) {
      this.#parts.origin = null;
      this.#parts.first = null;
      this.#parts.second = null;
    }
    this.#place = 'text';
  }
}

/**
 * syslog-ng reads `<187>13: sw-a: Mar  1 18:46:11:` as a counter, a program and a text. `hasSequence`: it has taken the
 * line for one of Cisco's; it does not so for NX-OS, whose stamps begin with the year.
 */
function isDeviceFor(app: HeaderToken, hasSequence: boolean, next: HeaderElement | undefined): boolean {
  if (next === undefined) return hasSequence && isNameLike(app.value) && isWritten(app.value);
  const { type, form, value } = next.token;
  if (!hasSequence) return form === 'stamp' && next.colons.count > 0 && /^\d{4} /.test(value);
  return form === 'location' || form === 'uptime' || ((type === 'stamp' || type === 'number') && next.colons.count > 0);
}

function isStamp(next: HeaderElement | undefined): boolean {
  return next !== undefined && (next.token.form === 'stamp' || next.token.form === 'iso');
}

const HALF = /^[AP]M$/i;

const LOCAL = /^local\d/i;

/** A zone name has letters only, or the form `EST5EDT`. A word with other characters is a name or an address. */
const ZONE_WORD = /^(?:[A-Za-z]+|[A-Za-z]{3,5}\d{1,2}[A-Za-z]{3,5})$/;

/** What is left of `2y10w` or `--More--` if the beginning of the line was cut. */
const CUT = /^[ywd]?\d+[wdh]$|[.-]$/;

/** Words that a console asks for. */
const PROMPT_WORD = /^(?:user-?name|login|pass(?:word|phrase|code)|secret|pin|confirm)$/i;

/** Letters alone may be a word or a program; a name of a device has a digit or a mark as well, with few exceptions. */
export function isNameLike(value: string): boolean {
  return /[^A-Za-z]/.test(value);
}

const UNWRITTEN = new Set(PLACEHOLDERS);

/** True for a name of RFC 5424 §6.2.4 (at most 255 printable ASCII characters) that is not a placeholder. */
export function isWritten(name: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(name) && !UNWRITTEN.has(name);
}

function written(token: HeaderToken): HeaderToken | null {
  return isWritten(token.value) ? token : null;
}
