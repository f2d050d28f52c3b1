import moo from 'moo';
import { limits } from '../model/limits.ts';
import { ZONE_WITH_MARKS } from './zones.ts';

const anyCase = (word: string) => word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'june?', 'july?', 'aug', 'sep', 'oct', 'nov', 'dec'].map(anyCase);
const MONTH = `(?:${MONTHS.join('|')})`;
const TIME = '\\d{1,2}:\\d\\d:\\d\\d';
/** CUCM writes the fraction behind the half of the day: `04:03:01 PM.688`. */
const CLOCK = `${TIME}(?:\\.\\d{1,6})?(?: [AaPp][Mm](?:\\.\\d{1,6})?(?![\\w-]))?`;
/**
 * A zone name, which `clock timezone` sets to any word. A word is a zone only between a time of day and a colon; if a
 * counter or another stamp follows, the word is a host.
 */
const ZONE = `(?: (?:[A-Za-z]{2,8}|${ZONE_WITH_MARKS})(?= ?:)(?! ?: *(?:<\\d{1,3}>|\\d+ ?:|[*.]?${MONTH} |\\d{4} ${MONTH} )))?`;
/** `Apr 15 21:28:13 2007 sw-a`: some relays write the year behind the time of day. */
const YEAR_BEHIND = '(?: \\d{4}(?= +[^\\s:]))?';
const DATE = `(?:${MONTH} {1,2}\\d{1,2}(?: \\d{4})? |\\d{4} ${MONTH} {1,2}\\d{1,2} )`;
const ISO_DATE = '\\d{4}-\\d\\d-\\d\\d';
const ISO_TIME = '\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:[Zz]|[+-]\\d\\d:?\\d\\d)?';
/** Kiwi's `MM-DD-YYYY` and `DD-MM-YYYY`. */
const DASHED_DATE = '\\d\\d-\\d\\d-\\d{4}';
/** The beginning of a stamp, or of an IOS-XR location, inside a text without a blank: `[confirm]*Mar  1 18:46:11`. */
const STAMP_AHEAD = `[*.]?${DATE}${TIME}|${ISO_DATE}[Tt]\\d\\d:\\d\\d:`;
const LOCATION_AHEAD = '(?:RP|LC|SC|FC|SP)/\\d+/[A-Za-z]*\\d+/CPU\\d+ ?:';
/** IOS's own form of a sequence number, in the same place. */
const SEQUENCE_AHEAD = '0\\d{5}: ?';
const HEX = '[0-9A-Fa-f]{1,4}';
/** The end of a word, unless the word ends in the beginning of a stamp: `eApr 30 03:55:10`. */
const WORD_END = `(?![\\w.-])(?<!${MONTH}(?= {1,2}\\d{1,2} (?:\\d{4} )?${TIME}))(?<!${ISO_DATE}[Tt]\\d\\d(?=:\\d\\d:))`;

/** The facilities of RFC 5424 §6.2.1 and the levels, as relays write them: `Local7.Info`, `daemon.err`. */
const FACILITIES = [
  ...['kern', 'kernel', 'user', 'mail', 'daemon', 'system', 'auth', 'security', 'syslog', 'lpr', 'news', 'uucp'],
  ...['cron', 'clock', 'authpriv', 'ftp', 'ntp', 'audit', 'logaudit', 'alert', 'logalert', 'console'],
];
const LEVELS = [
  ...['emergency', 'emerg', 'panic', 'alert', 'critical', 'crit', 'error', 'err', 'warning', 'warn', 'notice', 'info'],
  ...['informational', 'debug'],
];
const FACILITY = `(?:${FACILITIES.map(anyCase).join('|')}|${anyCase('local')}\\d)`;
const LEVEL_NAME = `(?:${LEVELS.map(anyCase).join('|')})`;
/** As some relays write it alone: `err`, `local7`. */
export const LEVEL_ALONE = `(?:${FACILITY}|${LEVEL_NAME})(?![\\w.@/#-])`;
export const LEVEL = `${FACILITY}\\.${LEVEL_NAME}(?![\\w.-])`;
/** What Kiwi writes between the columns of its files: a tab, a comma, or a comma between quotation marks. */
const GAP = '[ \\t,"]+';

const SD = '\\[(?:[^\\]"\\\\]|\\\\.|"(?:[^"\\\\]|\\\\.)*")*\\]';
const NAME = '\\d*[A-Za-z_][\\w.-]*';

/**
 * Coarse tokens: a stamp is one token, an RFC 5424 header is one token. The order matters: no backtracking over tokens.
 */
const rules: moo.Rules = {
  // RFC 5424 §6.2.2: VERSION is 1 today, and has at most three digits. syslog-ng may put the message code into APP-NAME,
  // so that the header ends before it.
  rfc5424: new RegExp(
    `<\\d{1,3}>(?:1 \\S+|\\d{1,3} (?:-|\\d{4}-\\d\\d-\\d\\dT\\S+)) \\S+ \\S+ \\S+ \\S+ (?:(?:-|(?:${SD})+)(?: |$)|(?=<\\d{1,3}>))|<\\d{1,3}>\\d{1,3} \\d{4}-\\d\\d-\\d\\dT\\S+ \\S+ $`,
  ),
  original: /Original Address=\S+/,
  // Kiwi's own header behind the address.
  kiwi: /(?<=Original Address=\S+ )1 \S+ \S+ \S+ \S+ \S+(?: |$)/,
  pri: /<\d{1,3}>/,
  // `sw-a#*Mar  1`, `sw-a#000123: *Mar  1`, `sw-a>%SYS-`: only at the beginning of the line, and directly before a stamp, a
  // sequence number, a location or the message code.
  prompt: new RegExp(
    `(?<![^])(?:${LOCATION_AHEAD})?${NAME}(?:\\([\\w-]+\\))?[#>](?=(?:${SEQUENCE_AHEAD})?(?:$|${STAMP_AHEAD})|${LOCATION_AHEAD})`,
  ),
  // Fluentd's files: time, tag and the record, with tabs between them. The tag is no host.
  tag: /(?<=\t)\S+(?=\t\{)/,
  // The stamp, the level and the host of a relay: `2018-06-19 02:13:38 Local7.Info sw-a`, and Kiwi's files.
  levelled: new RegExp(
    `"?(?:${ISO_DATE}(?:[Tt]|${GAP})${ISO_TIME}|${DASHED_DATE}${GAP}${TIME}|${DATE}${CLOCK})${GAP}${LEVEL}${GAP}[^\\s,"]+?(?=:?[\\s,"])(?:[,"][ \\t,"]*)?`,
  ),
  iso: new RegExp(`[*.]?${ISO_DATE}[Tt ]${ISO_TIME}`),
  stamp: new RegExp(`[*.]?(?:${DATE}${CLOCK}${YEAR_BEHIND}|${DASHED_DATE}[ \\t]${TIME})${ZONE}`),
  // Cisco's format description also has `d h` for a long uptime.
  uptime: /(?:\d+y\d+w|\d+w\d+d|\d+d\d+h|\d{1,4} \d{1,2}|[*.]?\d{1,2}:\d\d:\d\d(?:\.\d{1,6})?)(?= ?:(?!\d)|$)/,
  // RFC 5952: an IPv6 address in brackets; some relays write IPv4 addresses so, too.
  bracketed: /\[(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)\]/,
  // The second form is not RFC 5424: Cisco does not close each quotation mark.
  sd: [new RegExp(SD), /\[[A-Za-z]\w*@\d+ [^\]]*\]/],
  // rsyslog writes this before the repeated message.
  repeat: /message repeated \d{1,7} times?: \[ ?/,
  // NX-OS: the virtual device.
  context: /%\$[^%]*%\$/,
  location:
    /(?:[A-Za-z]{1,4}\/)?\d+\/[A-Za-z]*\d+\/[A-Za-z]+\d+(?= ?:)|[A-Z]{2,5} \d+\/\d+(?= ?:)|(?:SLOT|[Ss]lot) ?\d+(?:\/\d+)*(?= ?:)/,
  // `sshd(pam_unix)[1]`, `ctld/snmpd[1]`: RFC 3164 §4.1.3, the program and its number.
  process: /[^\s:[\]]+\[\d+\](?= ?:| |$)|\*[A-Za-z]\w*(?= ?:)/,
  level: new RegExp(`${LEVEL}|${LEVEL_ALONE}`),
  // A string of `logging origin-id string`, or a name that a relay took over, with characters that no host name has.
  string: /[\w.-]+[^\s:\w.-][^\s:]*(?= ?:)|[\w.-]+(?:[/@#][\w.-]+)+(?=\s|$)/,
  host: [
    // The sender's address with its port, as some relays write it: `192.0.2.7:514`.
    /(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):\d{1,5}(?=\s)/,
    // RFC 4291 §2.5.5.2.
    /::[Ff]{4}:\d{1,3}(?:\.\d{1,3}){3}/,
    new RegExp(`(?:(?:${HEX}:)+|:):(?:${HEX}(?::${HEX})*)?`),
    new RegExp(`(?:${HEX}:){7}${HEX}`),
    new RegExp(`(?:\\d+[A-Za-z_.-]|[A-Za-z_])[\\w.-]*${WORD_END}`),
  ],
  // `sw-a(192.0.2.7)`: what the relay has looked up.
  alias: /(?<=[\w.-])\([\w.:-]+\)(?=[\s:])/,
  number: /\d+/,
  // `18:46:11 ::ffff:192.0.2.7`: two colons begin an address.
  colon: /[ \t]+:(?!:)|:/,
  blank: { match: /\s+/, lineBreaks: true },
  noise: new RegExp(`[^\\s:](?:(?!${STAMP_AHEAD}|${LOCATION_AHEAD}|<\\d{1,3}>)[^\\s:])*`),
};

const lexer = moo.compile(rules);

/** What the grammar distinguishes: grammar/envelope.ne. */
const TYPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['rfc5424', 'original', 'kiwi', 'pri', 'levelled'].map((form) => [form, 'relay'])),
  ...Object.fromEntries(['iso', 'stamp', 'uptime'].map((form) => [form, 'stamp'])),
  ...Object.fromEntries(['prompt', 'bracketed', 'string', 'host'].map((form) => [form, 'name'])),
  number: 'number',
  colon: 'colon',
};

/** `offset`: start of the token in the header's text. `form`: the name of its rule. */
export type HeaderToken = {
  readonly type: string;
  readonly form: string;
  readonly value: string;
  readonly offset: number;
};

/** The tokens of a header, without blanks; at most `limits.tokens`, the rest of the header is not read. */
export function headerTokens(header: string): HeaderToken[] {
  const tokens: HeaderToken[] = [];
  lexer.reset(header);
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    const form = token.type as string;
    if (form === 'blank') continue;
    tokens.push({ type: TYPES[form] ?? 'mark', form, value: token.value, offset: token.offset });
    if (tokens.length === limits.tokens) break;
  }
  return tokens;
}

/** Number of colons, and whether a blank stands before the first colon. */
export type Colons = { readonly count: number; readonly apart: boolean };

/** A token and the colons behind it: what the grammar reads. */
export type HeaderElement = {
  readonly type: string;
  readonly value: string;
  readonly token: HeaderToken;
  readonly colons: Colons;
};

const NO_COLON: Colons = { count: 0, apart: false };

/** Colons at the beginning belong to no token. */
export function headerElements(tokens: readonly HeaderToken[]): HeaderElement[] {
  const elements: HeaderElement[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at++] as HeaderToken;
    if (token.type === 'colon') continue;
    const first = tokens[at];
    let count = 0;
    while (tokens[at + count]?.type === 'colon') count++;
    const colons = count === 0 || first === undefined ? NO_COLON : { count, apart: first.value.length > 1 };
    elements.push({ type: token.type, value: token.value, token, colons });
    at += count;
  }
  return elements;
}

/** The names of the types, for nearley's compiler. What it reads comes from `headerElements`. */
export const envelopeLexer = {
  has: (name: string): boolean => name === 'mark' || Object.values(TYPES).includes(name),
} as never;
