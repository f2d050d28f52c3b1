import moo from 'moo';
import type { Token } from '../grammar/earley.ts';

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}';
const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}';

/** A weekday says nothing that the date does not say, so it is part of the blank before the month. */
const rules: moo.Rules = {
  blank: { match: new RegExp(`[ \\t]+(?:${WEEKDAY},?[ \\t]+(?=${MONTH}[ \\t]))?`), lineBreaks: false },
  source: /(?:Time source is [^,*]{1,40}|No time source),?/,
  date: /\d{4}-\d\d-\d\d(?=[ \t])/,
  tod: /[*.]?\d{1,2}:\d\d:\d\d(?:\.\d{1,6})?(?:[ \t][AaPp][Mm](?![\w-]))?/,
  number: /\d{1,4}(?![^\s])/,
  name: /SAEVT_\w+/,
  pair: /[A-Za-z][\w.-]*="[^"]*"/,
  open: /[A-Za-z][\w.-]*="[^"]*$/,
  month: new RegExp(`${MONTH}(?=[ \\t])`),
  word: /[^\s]+/,
};

export const shownLexer = moo.compile(rules);

/** The tokens of a text without blanks. */
export function shownTokens(text: string): Token[] {
  const tokens: Token[] = [];
  shownLexer.reset(text);
  for (const { type, value } of shownLexer) if (type !== undefined && type !== 'blank') tokens.push({ type, value });
  return tokens;
}
