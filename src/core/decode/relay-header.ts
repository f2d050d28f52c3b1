/**
 * What stands between an outer PRI and an inner PRI, if a relay has put its header before a record that it forwards
 * unchanged. A stream is cut by it: such an inner PRI begins no record. The parts of the header are the tokens of the
 * decoder, so that both know the same stamps, names and headers of RFC 5424.
 */
import { limits } from '../model/limits.ts';
import { headerTokens } from './envelope-lexer.ts';
import { BLANK, COLON } from './header-bytes.ts';
import { isZoneName } from './zones.ts';

/** Whether `[start, end)` is the header of a relay, or of several, and nothing else. `end`: position of an inner PRI. */
export function isRelayHeader(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > limits.headerBytes || end === start) return false;
  const mayEnd = ENDS.has(bytes[end - 1] as number);
  const hasBracket = bytes.subarray(start, end).includes(BRACKET);
  if (!mayEnd && !hasBracket) return false;
  const text = bytes.toString('utf8', start, end).replace(NULS, '');
  if (MESSAGE_CODE.test(text)) return false;
  // A PRI in a parameter of structured data is text.
  if (hasBracket && OPEN_PARAMETER.test(text)) return true;
  if (!mayEnd) return false;
  if (NO_HOST.test(text)) return PRIORITIES.test(text);
  if (new RelayHeaders().read(text)) return true;
  const known = withKnownStamps(text);
  return known !== text && new RelayHeaders().read(known);
}

const BRACKET = 0x5b;
/** Without a host or a stamp, only priorities are a header. */
const NO_HOST = /^(?:<\d{1,3}>|\d{1,9}(?!\d)|:(?= |$)|[ \t])*$/;
const PRIORITIES = /^[ \t]*(?:<\d{1,3}>[ \t]*){1,8}$/;
/** A blank, a tab, the colon of a tag, the bracket of `message repeated 3 times: [`, another PRI, the last byte of a BOM. */
const ENDS = new Set([BLANK, 0x09, COLON, BRACKET, 0x3e, 0xbf]);
/** A NUL in a line is no reason to read it otherwise. */
const NULS = /\0+/g;
/** A device has begun its message: what follows is its text. (`fe80::1%eth0` is an address.) */
const MESSAGE_CODE = /(?:^|[\s:>\]])%[A-Za-z]/;
const OPEN_PARAMETER =
  /<\d{1,3}>\d{1,3}(?: \S+){5} (?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])*\[[^\]"]*(?:"(?:[^"\\]|\\.)*"[^\]"]*)*"(?:[^"\\]|\\.)*$/;

const DATE_WORD =
  '(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[.,]?|\\d{1,4}(?:[./-]\\d{1,4}){0,2},?)';
/** `Fri Nov 27 00:45:54 2026`, `2026/11/27 00:45:54`, `Nov 27 00:45:54+01:00`, `Sept 27 00:45:54`, `1764204354`. */
const OTHER_STAMP = new RegExp(
  `(?<=^|[ >])(?:(?:${DATE_WORD} {1,2}){1,4}\\d{1,2}:\\d\\d:\\d\\d(?:[.,]\\d+)?(?: ?(?:Z|[+-]\\d\\d:?\\d\\d))?(?: (?:19|20)\\d\\d(?= [^<]))?|1\\d{9}(?:\\.\\d+)?)(?= )`,
  'gi',
);

/** Relays also write stamps that Cisco does not, and that the lexer reads as words. */
function withKnownStamps(text: string): string {
  return text.replace(OTHER_STAMP, '2000-01-01T00:00:00Z');
}

/** More headers one behind the other are no headers. It also bounds the effort for a stream of nothing else. */
const RELAYS = 8;
/** Words behind the host: a second name and a program's tag. RFC 5424 has APP-NAME, PROCID, MSGID and structured data. */
const WORDS = 2;
const WORDS_OF_VERSION = 4;

/** A word or a stamp, with the number of colons behind it. */
type Part = { type: string; value: string; readonly offset: number; colons: number };

/** What was read last. `priority`: a PRI, or nothing yet. `host`: the header may end here. */
type Place = 'priority' | 'counter' | 'version' | 'stamp' | 'host';

/** Follows a header part by part: PRI, counter or version, stamp, host, tag; then perhaps the header of a second relay. */
class RelayHeaders {
  #place: Place = 'priority';
  #priorities = 0;
  /** Number of words that may still stand behind the host. */
  #words = 0;
  #hasVersion = false;

  read(text: string): boolean {
    const parts = partsOf(text);
    if (parts === null || !parts.every((part) => this.#takes(part))) return false;
    return this.#place === 'host' || (this.#place === 'priority' && this.#priorities > 0);
  }

  #takes(part: Part): boolean {
    switch (part.type) {
      case 'pri':
        if (!this.#isBetween()) return false;
        return this.#moves('priority', true);
      case 'rfc5424':
        if (!this.#isBetween()) return false;
        this.#words = WORDS;
        return this.#moves('host', true);
      case 'stamp':
      case 'iso':
        if (/^[*.]/.test(part.value) || this.#place === 'stamp') return false;
        this.#place = 'stamp';
        // A colon stands behind the stamp of a device, a name behind the stamp of a relay.
        return part.colons === 0 || (hasName(part.value) && this.#takesHost());
      case 'repeat':
      case 'sd':
        return this.#place === 'stamp' ? this.#takesHost() : this.#place === 'host';
      case 'original':
        if (this.#place !== 'priority') return false;
        this.#words = 1;
        return this.#moves('host');
      case 'kiwi':
      case 'level':
        return true;
      case 'levelled':
        return this.#place !== 'stamp' && this.#takesHost();
      case 'uptime':
      case 'prompt':
        return false;
      default:
        return this.#takesWord(part);
    }
  }

  /** A further header may begin. */
  #isBetween(): boolean {
    return this.#place === 'priority' || this.#place === 'host';
  }

  #moves(place: Place, isPriority = false): boolean {
    this.#place = place;
    if (!isPriority) return true;
    this.#hasVersion = false;
    return ++this.#priorities <= RELAYS;
  }

  #takesHost(): boolean {
    this.#words = this.#hasVersion ? WORDS_OF_VERSION : WORDS;
    return this.#moves('host');
  }

  #takesWord({ type, value, colons }: Part): boolean {
    switch (this.#place) {
      case 'priority':
        if (type === 'number') return this.#takesNumber(value, colons);
        if (colons > 0) return false;
        this.#words = 0;
        // A name alone is a header only behind a PRI.
        if (this.#priorities === 0 || !NAME.test(value)) return false;
        return this.#moves('host');
      case 'version':
        // RFC 5424's absent stamp.
        return value === '-' && this.#moves('stamp');
      case 'stamp':
        return colons === 0 || (NAME.test(value) && !isZoneName(value)) ? this.#takesHost() : false;
      case 'host':
        this.#hasVersion = type === 'number';
        return --this.#words >= 0;
      default:
        return false;
    }
  }

  #takesNumber(value: string, colons: number): boolean {
    if (colons > 0) return this.#moves('counter');
    this.#hasVersion = value.length <= 3;
    return this.#hasVersion && this.#moves('version');
  }
}

/** The lexer reads a short name before a colon as a zone. */
function hasName(stamp: string): boolean {
  const word = /[A-Za-z]+$/.exec(stamp)?.[0];
  return word !== undefined && !/^[AP]M$/i.test(word) && !isZoneName(word);
}

const NAME = /^[\w.:%-]*[A-Za-z.:_-][\w.:%-]*$/;

/** The parts of a header; null if there are too many. Tokens without a blank between them are one word. */
function partsOf(text: string): Part[] | null {
  const tokens = headerTokens(text);
  if (tokens.length === limits.tokens) return null;
  const parts: Part[] = [];
  let end = -1;
  for (const { form: type, value, offset } of tokens) {
    const before = parts.at(-1);
    if (before === undefined) parts.push({ type, value, offset, colons: type === 'colon' ? 1 : 0 });
    else if (type === 'colon') before.colons++;
    else if (offset === end && isWord(before) && isWord({ type, colons: 0 })) {
      before.type = 'noise';
      before.value = text.slice(before.offset, offset + value.length);
    } else parts.push({ type, value, offset, colons: 0 });
    end = offset + value.length;
  }
  return parts;
}

const WHOLE = new Set([
  ...['pri', 'rfc5424', 'original', 'kiwi', 'levelled', 'level', 'stamp', 'iso', 'repeat', 'uptime', 'prompt', 'colon'],
]);

function isWord({ type, colons }: Pick<Part, 'type' | 'colons'>): boolean {
  return colons === 0 && !WHOLE.has(type);
}
