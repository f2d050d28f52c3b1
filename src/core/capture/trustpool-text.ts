/** What was typed and printed in a saved terminal: the lines of a text, and which of them each command has printed. */

import { typed, withoutEscapes, withPagerMark } from './terminal.ts';

/** The output of one command, or what is before the first command. */
export type CommandOutput = {
  /** The name in the prompt of the command; null without a prompt. */
  readonly host: string | null;
  /** Null before the first prompt or command; empty after a prompt at which nothing was typed. */
  readonly command: string | null;
  readonly lines: readonly string[];
  /** Whether a prompt of the same host follows, and the output was not quit at the pager's mark. */
  readonly ended: boolean;
  /** Whether it ends at the pager's mark. */
  readonly quit: boolean;
};

/** Stands for the pager's mark, as a line of its own. */
const PAGER = '\u{F0000}';

/** A prompt, with what was typed at it: `sw-a#show clock`, `sw-a(config)#do show clock`. */
export const PROMPT = /^([\p{L}\p{N}][\w./-]*)(?:\([\w.-]*\))?[#>] ?(.*)$/u;
/** A command without a prompt that names the device: behind another one, or between lines, as `show tech-support` has it. */
const COMMAND = /^(?:\S*[#>$%:]|[-=!*]+)? ?((?:do )?(?:[Ss]how|sho?) [a-z].*)$/;

export function commandOutputs(text: string): CommandOutput[] {
  type Open = { host: string | null; command: string | null; lines: string[]; ended: boolean; quit: boolean };
  let open: Open = { host: null, command: null, lines: [], ended: false, quit: false };
  const outputs: CommandOutput[] = [open];
  const next = (host: string | null, command: string) => {
    open.ended = host !== null && !open.quit && (open.host === null || open.host === host);
    open = { host, command: withoutMarkup(command), lines: [], ended: false, quit: false };
    outputs.push(open);
  };
  for (const line of linesOf(text)) {
    const [, host, command = ''] = PROMPT.exec(line) ?? [];
    const [, alone] = COMMAND.exec(line) ?? [];
    if (host !== undefined) next(host, command);
    else if (alone !== undefined) next(null, alone);
    else if (line === PAGER) open.quit = true;
    else {
      open.quit = false;
      open.lines.push(line);
    }
  }
  return outputs;
}

/** The lines that are not empty, with single blanks, without the marks of terminal and pager. */
function linesOf(text: string): string[] {
  return withPagerMark(withoutEscapes(text), `\n${PAGER}\n`)
    .split(/[\r\n\v\f\u0085\u2028\u2029]/)
    .flatMap((line) =>
      unfolded(
        typed(line)
          .replace(/[\p{Cc}\p{Cf}\uFFFD\s]+/gu, blankOrNothing)
          .trim(),
      ),
    )
    .filter((line) => line !== '' && !isAside(line));
}

/** Of a run of blanks and characters that are not to be seen. */
function blankOrNothing(run: string): string {
  return /\s/.test(run.replaceAll('\uFEFF', '')) ? ' ' : '';
}

/** The lines of an output that was flattened to one line, as in FN72298. The words of a filter are no such lines. */
export function unfolded(line: string): string[] {
  const isCommand = (PROMPT.test(line) || COMMAND.test(line)) && !line.includes(' CA Certificate Status:');
  return isCommand ? [line] : line.split(LINE_STARTS);
}

/** In front of a header, a label, a part of a name, or a prompt. */
const LINE_STARTS = new RegExp(
  [
    ' (?=CA Certificate(?: Status:|$))',
    ' (?=(?:Status|Version|Certificate Serial Number(?: \\(hex\\))?|Certificate Usage|Issuer(?: Name)?|Subject(?: Name)?):)',
    ' (?=(?:CRL Distribution Points?|Validity Date|start date|end date|Associated Trustpoints|Storage|Trustpool):)',
    ' (?=Load for five secs|Time source is|<<)',
    ',? (?=(?:cn|ou|o|c|l|st|dc)=)',
    ' (?=[\\w./-]+(?:\\([\\w.-]*\\))?[#>] ?(?:$|\\**(?:do )?sho?w? ))',
  ].join('|'),
  'i',
);

/** What a device prints beside the output: load and time (`terminal exec prompt timestamp`), messages of its log. */
function isAside(line: string): boolean {
  return /^(?:Load for five secs|(?:No )?[Tt]ime source\b)|%[A-Z][A-Z0-9_]*-\d-[A-Z0-9_]+:/.test(line);
}

/** Without the marks that a page of the web, or `show tech-support`, puts around a command. */
export function withoutMarkup(command: string): string {
  return command.replace(/[*`]| -+$/g, '').trim();
}
