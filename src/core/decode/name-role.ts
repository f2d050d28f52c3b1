/**
 * The role of a name in a header: a table over its place, its form and what stands behind it. A name can stand only
 * where some header has a name (docs/adr/0019); any other word is text, for example of a prompt.
 */
import type { Colons, HeaderElement, HeaderToken } from './envelope-lexer.ts';
import { isNameLike, isOfTime } from './header-words.ts';
import { isZoneName } from './zones.ts';

export type NameRole = 'origin' | 'relay' | 'zone' | 'program' | 'text';

/** What stands before an element. `start`: the beginning of the line, or of what a relay has forwarded. */
export type Place = 'start' | 'number' | 'name' | 'relay host' | 'stamp' | 'stamp with colon' | 'message' | 'text';

/** What was read before a name. */
export type Before = {
  readonly place: Place;
  /** A part that only syslog has: a PRI, an RFC 5424 header, a stamp at the beginning. */
  readonly isAnchored: boolean;
  /** A name or a counter. */
  readonly isNamed: boolean;
  /** The host of a relay. */
  readonly isRelayed: boolean;
  /** The last stamp stands behind a text. */
  readonly isBehindText: boolean;
};

/** A bit for each name, so that a row of the table can have several of them. */
function bits<T extends string>(...names: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(names.map((name, index) => [name, 1 << index])) as Record<T, number>;
}

/** The places that a name can have. `line`: the beginning of a line that nothing of syslog has begun. */
const at = bits('line', 'start', 'number', 'name', 'relayHost', 'stamp', 'stampWithColon');

/**
 * The forms of a text; it may have several. `word`: letters alone. `marked`: a digit or a sign as well. `zone`: a known
 * zone. `zoneWord`: what `clock timezone` can set. `piece`: of a time or of a location that was cut. `cut`: the rest of `2y10w`
 * or `--More--`. `prompt`: what a console asks for. `odd`: signs that no host has.
 */
const is = bits('word', 'marked', 'zone', 'zoneWord', 'piece', 'cut', 'prompt', 'odd');

/**
 * What stands behind a name and its colons. `end`: the message code. `glued`: there is no blank between. `counter`: a
 * number with a colon; `nameColon`, `addressColon` likewise. `markedName`: a name with a digit or a sign. `mark`: another
 * part of a header. `other`: anything else.
 */
const before = bits(
  ...(['end', 'glued', 'counter', 'number', 'stamp', 'relay', 'location', 'process', 'mark'] as const),
  ...(['address', 'addressColon', 'nameColon', 'markedName', 'name', 'other'] as const),
);

/** What was read before the name. */
const when = bits('anchored', 'notAnchored', 'named', 'relayed', 'notBehindText');

const ANY = -1;
/** Directly before one of these, a word without a colon is rather a word of a text. */
const NO_HEADER = before.nameColon | before.markedName | before.name | before.other;
const HEADER = ~NO_HEADER;
const BEHIND_NAME_OR_NUMBER = at.number | at.name | at.relayHost;

/** `when` has all of its conditions, the other columns have one of theirs. */
type Row = readonly [at: number, is: number, before: number, role: NameRole, when?: number];

/** The first row that fits decides; without one, the word is text. */
const WITHOUT_COLON: readonly Row[] = [
  [ANY, is.piece, ANY, 'text'],
  // `e*Apr 30 03:55:10`
  [ANY, ANY, before.glued, 'text'],

  [at.stamp, is.zone, ANY, 'zone'],
  [at.stamp, ANY, HEADER, 'relay'],
  [at.stamp, is.marked, ANY, 'relay'],
  // `relay sw-a 17:`, and RFC 3164 §4.1.3: `sw-a program: text`.
  [at.stamp, ANY, before.nameColon | before.markedName, 'relay', when.notBehindText],

  [at.stampWithColon, is.zone, ANY, 'zone'],
  [at.stampWithColon, ANY, ANY, 'text'],
  [ANY, is.zone, NO_HEADER, 'zone'],
  // A device may have the name of a zone, `<187>MET 12:`, but not behind a relay's host.
  [ANY, is.zone, ANY, 'zone', when.relayed],

  [at.relayHost, is.marked, before.end, 'origin'],
  [at.relayHost, ANY, before.end, 'program'],

  [at.start | BEHIND_NAME_OR_NUMBER, ANY, before.counter | before.location, 'origin'],
  [at.line, is.cut | is.odd, ANY, 'text'],
  [at.line, is.marked, before.counter | before.location, 'origin'],

  [ANY, ANY, before.end | before.stamp | before.relay, 'origin', when.anchored],
  [BEHIND_NAME_OR_NUMBER, is.marked, before.end | before.stamp | before.relay, 'origin'],
];

const WITH_COLON: readonly Row[] = [
  [ANY, is.piece, ANY, 'text'],

  [at.stamp, is.zone, ANY, 'zone'],
  // If a name or a counter stands before the stamp.
  [at.stamp, is.zoneWord, ANY, 'zone', when.named],
  [at.stamp, ANY, ANY, 'origin'],
  [ANY, is.zone, ANY, 'zone'],

  // RFC 3164 §4.1.3: the tag of a relay, before what it has forwarded.
  [ANY, ANY, before.relay, 'program', when.relayed],
  [at.relayHost | at.stampWithColon, is.word, before.end, 'program'],

  [ANY, is.word, before.end, 'text', when.notAnchored],
  [ANY, is.prompt, ANY, 'text', when.notAnchored],
  [~at.line, ANY, ANY, 'origin'],

  // `PU0:Nov 26 18:46:11`: a location that was cut.
  [at.line, ANY, before.glued | before.process, 'text'],
  [at.line, is.cut | is.odd, ANY, 'text'],
  [at.line, is.marked, ANY, 'origin'],
  // What must follow a name of letters alone.
  [at.line, is.word, before.number | before.counter | before.stamp | before.nameColon | before.addressColon, 'origin'],
];

/** `host`: the name without its brackets and port. `next`: what follows the token and its colons. */
export function nameRole(
  state: Before,
  token: HeaderToken,
  host: string,
  colons: Colons,
  next: HeaderElement | undefined,
): NameRole {
  const place = placeOf(state);
  if (place === 0) return 'text';
  const form = formsOf(host);
  const behind = behindOf(token, colons, next);
  const given = conditionsOf(state);
  for (const [places, forms, nexts, role, conditions = 0] of colons.count === 0 ? WITHOUT_COLON : WITH_COLON) {
    const fits = (places & place) !== 0 && (forms & form) !== 0 && (nexts & behind) !== 0;
    if (fits && (conditions & given) === conditions) return role;
  }
  return 'text';
}

/** 0 behind a text and behind a part of the message: no name stands there. */
function placeOf({ place, isAnchored }: Before): number {
  switch (place) {
    case 'start':
      return isAnchored ? at.start : at.line;
    case 'number':
    case 'name':
    case 'stamp':
      return at[place];
    case 'relay host':
      return at.relayHost;
    case 'stamp with colon':
      return at.stampWithColon;
    default:
      return 0;
  }
}

function conditionsOf({ isAnchored, isNamed, isRelayed, isBehindText }: Before): number {
  return (
    (isAnchored ? when.anchored : when.notAnchored) |
    (isNamed ? when.named : 0) |
    (isRelayed ? when.relayed : 0) |
    (isBehindText ? 0 : when.notBehindText)
  );
}

function formsOf(host: string): number {
  // `source@relay/`: the last host of the chain is missing.
  if (host === '') return is.word | is.odd;
  const zone = isZoneName(host) ? is.zone : 0;
  const piece = isOfTime(host) || CUT_LOCATION.test(host) ? is.piece : 0;
  const prompt = PROMPT_WORD.test(host) ? is.prompt : 0;
  if (!isNameLike(host)) return is.word | is.zoneWord | zone | piece | prompt;
  const zoneWord = POSIX_ZONE.test(host) ? is.zoneWord : 0;
  const cut = CUT.test(host) ? is.cut : 0;
  const odd = HOST.test(host) ? 0 : is.odd;
  return is.marked | zone | piece | prompt | zoneWord | cut | odd;
}

/** `EST5EDT`. A zone's name has this form or letters only; a word with other characters is a name or an address. */
const POSIX_ZONE = /^[A-Za-z]{3,5}\d{1,2}[A-Za-z]{3,5}$/;
const CUT_LOCATION = /^[A-Z]*\d+(?:\/\d+)+$/;
const CUT = /^[ywd]?\d+[wdh]$|[.-]$/;
const PROMPT_WORD = /^(?:user-?name|login|pass(?:word|phrase|code)|secret|pin|confirm)$/i;
/** Three dots end what a console shows: `Building configuration...`. */
const HOST = /^(?!.*\.\.)[\w.:@/#-]+$/;

/** The forms of tokens that need no closer look. Names and numbers are told by their colons, too. */
const BEHIND: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['rfc5424', 'original', 'kiwi', 'pri', 'levelled'].map((form) => [form, before.relay])),
  ...Object.fromEntries(['stamp', 'iso', 'uptime'].map((form) => [form, before.stamp])),
  ...Object.fromEntries(['context', 'sd', 'repeat', 'level', 'alias'].map((form) => [form, before.mark])),
  location: before.location,
  process: before.process,
};

function behindOf(token: HeaderToken, colons: Colons, next: HeaderElement | undefined): number {
  if (next === undefined) return before.end;
  const { type, form, value, offset } = next.token;
  const end = token.offset + token.value.length;
  const isGlued =
    colons.count === 0
      ? offset === end && form !== 'alias'
      : type === 'stamp' && offset === end + (colons.apart ? 2 : 1);
  if (isGlued) return before.glued;
  const hasColon = next.colons.count > 0;
  if (form === 'number') return hasColon ? before.counter : before.number;
  if (form === 'bracketed') return hasColon ? before.addressColon : before.address;
  if (type !== 'name') return BEHIND[form] ?? before.other;
  if (hasColon) return before.nameColon;
  return isNameLike(value) ? before.markedName : before.name;
}
