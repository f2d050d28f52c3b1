import { Earley } from '../grammar/earley.ts';
import { GenerationalCache } from '../model/generational-cache.ts';
import { limits } from '../model/limits.ts';
import { type Fields, noFields, type TrackedMessage, type UnparsedReason } from '../model/message.ts';
import { bodyTokens } from './body-lexer.ts';
import grammar from './message.gen.ts';

/** The message code of a tracked message: canonical facility and mnemonic, as `findMessageCode` returns them. */
export type TrackedCode = { readonly facility: string; readonly severity: number | null; readonly mnemonic: string };

export type Parser = (code: TrackedCode, text: string) => TrackedMessage;

/** The mnemonics with a rule in the grammar: tokens in capitals. */
export const grammarMnemonics: ReadonlySet<string> = new Set(
  grammar.ParserRules.flatMap(({ symbols }) => symbols)
    .map((symbol) => (typeof symbol === 'object' && 'type' in symbol ? String(symbol.type) : ''))
    .filter((type) => /^[A-Z][A-Z_0-9]*$/.test(type)),
);

/**
 * Makes a parser of bodies. `text` is the text right of the message code's colon, as received. A body without a
 * matching rule is `text-only`: its mnemonic still counts. The devices of a fleet send the same few bodies, so the
 * parser remembers the last bodies, and returns the same object for an equal body. `reuse: false` parses every body
 * anew, for comparison.
 */
export function makeParser(options: { reuse?: boolean } = {}): Parser {
  const parse = makePlainParser(options);
  if (options.reuse === false) return parse;
  const known = new GenerationalCache<string, ReturnType<Parser>>(limits.bodies);
  return (code, text) => {
    const remembered = known.get(text);
    if (remembered !== undefined && hasCode(remembered, code)) return remembered;
    const message = parse(code, text);
    if (text.length <= limits.bodyCharacters) known.set(text, message);
    return message;
  };
}

/** The same text may follow two mnemonics. */
function hasCode(message: TrackedCode, { facility, severity, mnemonic }: TrackedCode): boolean {
  return message.mnemonic === mnemonic && message.facility === facility && message.severity === severity;
}

function makePlainParser(options: { reuse?: boolean }): Parser {
  const earley = new Earley<Partial<Fields>>(grammar, options);
  return ({ facility, severity, mnemonic }, text) => {
    const code = { facility, severity, mnemonic };
    const textOnly = (why: UnparsedReason) => ({ ...code, outcome: 'text-only', why, text }) as const;
    if (!grammarMnemonics.has(mnemonic)) return textOnly('unknown-mnemonic');
    const tokens = bodyTokens(facility, mnemonic, tidy(text));
    if (tokens === null) return textOnly('unknown-body');
    const reading = earley.parse(tokens);
    if (reading.kind === 'unread') return textOnly('unknown-body');
    if (reading.kind === 'ambiguous') return textOnly('ambiguous');
    return { ...code, outcome: 'parsed', fields: { ...noFields, ...reading.value }, text };
  };
}

/** `Switch 1 R0/0: sessmgrd:` and the like, which IOS-XE puts before the text. */
const PROCESS = /^\s*(?:(?:Switch|Chassis)\s+\d+\s+)?(?:R|F|RP|FP|SIP|CC)\d+(?:\/\d+)?:\s*(?:[\w.-]+:\s+)?/;

/** NX-OS writes this after the text of a repeated message. */
const REPEATED = /\(message repeated \d{1,7} times?\) ?$/;

/** A stack member writes its name after the text: `(sw-a-2)`. */
const MEMBER = / \([A-Za-z][\w.]*(?:-[\w.]+)*-\d{1,2}\) ?$/;

/**
 * Normalizes a body: line breaks, also those that a relay escaped (`#012`, `\n`), and runs of blanks become one blank. A NUL
 * is left out: PostgreSQL stores none.
 * Removes the process prefix, a count of repetitions or a stack member's name, and a full stop at the end.
 */
function tidy(text: string): string {
  const line = text
    .replaceAll('\0', '')
    .replace(PROCESS, '')
    .replace(/(?:#012|#015|\\n|\\r|\s)+/g, ' ');
  const repeated = line.endsWith(')') || line.endsWith(') ') ? (REPEATED.exec(line) ?? MEMBER.exec(line)) : null;
  let end = repeated?.index ?? line.length;
  // rsyslog encloses a repeated message in brackets; the opening bracket stands left of the message code.
  if (line.endsWith(']') && !line.includes('[')) end--;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '.')) end--;
  return line.slice(line.startsWith(' ') ? 1 : 0, end);
}
