/**
 * Assigns roles to the elements of a header by their places. The device's part stands right of a relay's part, so the
 * last stamp is the device's, and an earlier stamp is the relay's. A name can stand only where some header has a name:
 * directly after a relay's stamp, or before a colon, a counter or a location, with nothing but header parts before it.
 * Any other word is text, for example of a prompt.
 */
import { isAddress } from '../model/names.ts';
import type { Colons, HeaderElement, HeaderToken } from './envelope-lexer.ts';
import { type Header, noParts, type Parts, type Unused } from './header.ts';
import { hostIn, levelledFields, originalAddress, promptName, sessionFields, syslogFields } from './header-fields.ts';
import { isNameLike, isOfTime, isWritten } from './header-words.ts';
import { type Before, nameRole, type Place } from './name-role.ts';

export function envelope([elements]: [readonly HeaderElement[]]): Header {
  return new HeaderReading().read(elements);
}

type Writable = { -readonly [P in keyof Parts<HeaderToken>]: HeaderToken | null };

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
    const isName = !isNumber(app) && (isNameLike(app.value) || !namesSender(host));
    if (bare && isName && isDeviceFor(app, sequenceId !== null, next)) parts.origin = written(app);
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
    const isWord = colons.apart && /^[A-Za-z]{2,}$/.test(word) && !HALF.test(word);
    if (!isWord || this.#place === 'text' || this.#place === 'message') return;
    const before = this.#before('stamp');
    const name: HeaderToken = { ...token, value: word, offset: token.offset + at + 1 };
    if (before.isNamed || nameRole(before, name, word, colons, undefined) !== 'origin') return;
    parts.stamp = { ...token, value: token.value.slice(0, at) };
    parts.origin = name;
  }

  #name(token: HeaderToken, colons: Colons, next: HeaderElement | undefined): void {
    const host = hostIn(token);
    const role = nameRole(this.#before(this.#place), token, host.value, colons, next);
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

  /** What was read before an element in this place. */
  #before(place: Place): Before {
    const { origin, first, relayHost } = this.#parts;
    return {
      place,
      isAnchored: this.#anchored,
      isNamed: origin !== null || first !== null || relayHost !== null,
      isRelayed: relayHost !== null,
      isBehindText: this.#behindText,
    };
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

/** A HOSTNAME that is a name: letters alone behind it are rather a program, `cisco`, which all devices of a relay have. */
function namesSender(host: HeaderToken): boolean {
  const { value } = hostIn(host);
  return isWritten(value) && !isAddress(value) && /\D/.test(value) && !isOfTime(value);
}

function isStamp(next: HeaderElement | undefined): boolean {
  return next !== undefined && (next.token.form === 'stamp' || next.token.form === 'iso');
}

const HALF = /^[AP]M$/i;

const LOCAL = /^local\d/i;

function written(token: HeaderToken): HeaderToken | null {
  return isWritten(token.value) ? token : null;
}
