/**
 * `show license history message`: the messages of each exchange with the server. Assumed: an answer whose status is `OK`,
 * `OK_POLL` or `COMPLETE` is a success, and one whose status is `FAILED` is a failure with the reason in `message`.
 */
import type { Exchange, ShownTime } from './fact.ts';
import { isNothing, Reading, type SectionReader } from './reading.ts';
import type { ShownLine } from './terminal.ts';

const EXCHANGES: readonly (readonly [heading: RegExp, of: Exchange])[] = [
  [/^Trust Establishment:/i, 'trust'],
  [/^Trust Sync:/i, 'sync'],
  [/^Usage Reporting:/i, 'report'],
  [/^Result Polling:/i, 'polling'],
  [/^Authorization (?:Request|Return|Confirmation):/i, 'authorization'],
  [/^Import (?:RUM ACK|TRUST CODE|AUTH|POLICY|CONVERSION ACK|ACCOUNT INFO):/i, 'import'],
];
const SILENT = /^(?:(?:Import )?Message History\b.*|=+|No past (?:Import )?history|REQUEST:.*)$/i;
const ANSWER = /^(?:RESPONSE|IMPORT)\s*:\s*(.+)$/i;
const STATUS = /\\*"status(?:_code)?\\*"\s*:\s*\\*"(\w+)/i;
const REASON = /\\*"(?:message|reason)\\*"\s*:\s*\\*"([^"\\]+)/i;

export const readHistory: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  let of: Exchange | null = null;
  let answer: { line: ShownLine; at: ShownTime } | null = null;
  for (const line of lines) {
    const text = line.text.trim();
    const heading = EXCHANGES.find(([words]) => words.test(text));
    const [, when] = ANSWER.exec(text) ?? [];
    if (heading !== undefined) [of, answer] = [heading[1], null];
    else if (when !== undefined) answer = isNothing(when) ? null : answerAt(line, reading, when);
    else if (text.startsWith('{')) {
      if (of !== null && answer !== null) stateAnswer(reading, of, answer, text);
      answer = null;
    } else if (text !== '' && !SILENT.test(text)) reading.miss(line, 'not known in show license history message');
  }
  return reading;
};

function answerAt(line: ShownLine, reading: Reading, when: string): { line: ShownLine; at: ShownTime } | null {
  const at = reading.time(line, when);
  return at === null ? null : { line, at };
}

function stateAnswer(
  reading: Reading,
  of: Exchange,
  { line, at }: { line: ShownLine; at: ShownTime },
  text: string,
): void {
  const [, status = ''] = STATUS.exec(text) ?? [];
  if (/^(?:OK|COMPLETE)/i.test(status)) reading.assume(line, { kind: 'success', of, at });
  else if (/^FAIL/i.test(status))
    reading.assume(line, { kind: 'failure', of, at, reason: REASON.exec(text)?.[1] ?? null });
}
