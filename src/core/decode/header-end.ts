/** Where the header of a record ends. */
import type { Frame } from '../model/message.ts';
import { type HeaderToken, headerTokens } from './envelope-lexer.ts';
import { isNameLike } from './header-words.ts';
import { messageCodeStart } from './message-code.ts';

/** No header without a message code is longer. */
const BYTES = 256;

/** The end of any record's header: the start of the message code, if the record has one. */
export function headerEndOf(frame: Frame): number {
  return messageCodeStart(frame.bytes, frame.start, frame.end) ?? headerEndWithoutCode(frame);
}

/**
 * The end of the header of a record without a message code: after its counter, names and stamps if there is a stamp or
 * another header of a relay, else after its PRI. Text that only looks like a name is then not read as a name.
 */
export function headerEndWithoutCode(frame: Frame): number {
  const text = frame.bytes.toString('latin1', frame.start, Math.min(frame.end, frame.start + BYTES));
  const tokens = headerTokens(text);
  let isSyslog = false;
  let end = 0;
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at] as HeaderToken;
    const next = behindColons(tokens, at + 1);
    const hasColon = next > at + 1;
    if (!isPart(tokens, at, hasColon, tokens[next], text)) break;
    isSyslog ||= token.type === 'stamp' || (token.type === 'relay' && token.form !== 'pri');
    end = endOf(tokens[next - 1] as HeaderToken);
    at = next;
    // The text follows the colon of the device's own stamp.
    if (token.type === 'stamp' && hasColon) break;
  }
  if (!isSyslog) end = tokens[0]?.form === 'pri' && tokens[0].offset === 0 ? tokens[0].value.length : 0;
  while (text[end] === ' ') end++;
  return frame.start + end;
}

function isPart(
  tokens: readonly HeaderToken[],
  at: number,
  hasColon: boolean,
  next: HeaderToken | undefined,
  text: string,
): boolean {
  const token = tokens[at] as HeaderToken;
  const isBeforePart = next?.type === 'number' || next?.type === 'stamp' || next?.form === 'location';
  switch (token.type) {
    case 'relay':
    case 'stamp':
      return true;
    case 'number':
      return hasColon;
    case 'colon':
      return at === 0;
    case 'name': {
      if (tokens[at - 1]?.type !== 'stamp') return isBeforePart;
      if (token.form === 'string' && !/^[\w.@/#-]+$/.test(token.value)) return false;
      const isSummary = /^ +(?:last )?message repeated /.test(text.slice(endOf(token), endOf(token) + 24));
      return hasColon || isBeforePart || isSummary || next?.form === 'process' || isNameLike(token.value);
    }
    default:
      return MARKS.has(token.form);
  }
}

/** The forms of marks that can stand in a header; any other one begins the text. */
const MARKS = new Set(['sd', 'context', 'level', 'location', 'alias', 'repeat']);

function behindColons(tokens: readonly HeaderToken[], from: number): number {
  let at = from;
  while (tokens[at]?.type === 'colon') at++;
  return at;
}

function endOf({ offset, value }: HeaderToken): number {
  return offset + value.length;
}
