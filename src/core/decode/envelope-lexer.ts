import moo from 'moo';
import { limits } from '../model/limits.ts';

const MONTH = '(?:[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]une?|[Jj]uly?|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec)';
const CLOCK = '\\d{1,2}:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?: [AaPp][Mm])?';
/**
 * A zone name, which `clock timezone` sets to any word. A word is a zone only between a time of day and a colon; if a
 * counter or another stamp follows, the word is a host.
 */
const ZONE = `(?: [A-Za-z]{2,8}(?:[+-]\\d{1,2}(?::?\\d\\d)?)?(?= ?:)(?! ?: *(?:\\d+ ?:|[*.]?${MONTH} |\\d{4} ${MONTH} )))?`;
const HEX = '[0-9A-Fa-f]{1,4}';

/**
 * Coarse tokens: a stamp is one token, an RFC 5424 header is one token. The order matters: no backtracking over tokens.
 */
const rules: moo.Rules = {
  rfc5424: [
    /<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: |$)/,
    // Kiwi's own form, after the PRI.
    /Original Address=\S+ 1 \S+ \S+ \S+ \S+ \S+(?: |$)/,
  ],
  pri: /<\d{1,3}>/,
  iso: /[*.]?\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)?/,
  stamp: new RegExp(`[*.]?(?:${MONTH} {1,2}\\d{1,2}(?: \\d{4})? |\\d{4} ${MONTH} {1,2}\\d{1,2} )${CLOCK}${ZONE}`),
  // Cisco's format description also has `d h` for a long uptime.
  uptime: /(?:\d+y\d+w|\d+w\d+d|\d+d\d+h|\d{1,4} \d{1,2}|[*.]?\d{1,2}:\d\d:\d\d(?:\.\d{1,6})?)(?= ?:|$)/,
  sd: /\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\]/,
  // rsyslog writes this before the repeated message.
  repeat: /message repeated \d{1,7} times?: \[ ?/,
  location: /(?:[A-Za-z]{1,4}\/)?\d+\/[A-Za-z]*\d+\/[A-Za-z]+\d+(?=:)|[A-Z]{2,5} \d+\/\d+(?= ?:)/,
  process: /[\w.-]+\[\d+\](?= ?:)|\*[A-Za-z]\w*(?= ?:)/,
  // A string of `logging origin-id string`, with characters that a host name cannot have.
  string: /[\w.-]+[^\s:\w.-][^\s:]*(?= ?:)/,
  host: [
    new RegExp(`(?:(?:${HEX}:)+|:):(?:${HEX}(?::${HEX})*)?`),
    new RegExp(`(?:${HEX}:){7}${HEX}`),
    /(?:\d+[A-Za-z_.-]|[A-Za-z_])[\w.-]*/,
  ],
  number: /\d+/,
  colon: /[ \t]*:/,
  blank: { match: /\s+/, lineBreaks: true },
  noise: /[^\s:]+/,
};

const lexer = moo.compile(rules);

/** `offset`: start of the token in the header's text. */
export type HeaderToken = { readonly type: string; readonly value: string; readonly offset: number };

/** The tokens of a header, without blanks; at most `limits.tokens`, the rest of the header is not read. */
export function headerTokens(header: string): HeaderToken[] {
  const tokens: HeaderToken[] = [];
  lexer.reset(header);
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) {
    if (token.type === 'blank') continue;
    tokens.push(token as HeaderToken);
    if (tokens.length === limits.tokens) break;
  }
  return tokens;
}

/** The token names, for nearley's compiler. The tokens themselves come from `headerTokens`. */
export const envelopeLexer = { has: (name: string): boolean => name in rules } as never;
