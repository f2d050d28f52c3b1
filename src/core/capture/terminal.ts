/** What a person saw of a text that a terminal program saved: without escapes, overwritten characters and pager's marks. */

const [ESC, BEL] = ['\u001B', '\u0007'];
/** Titles of windows, then colours and movements of the cursor, then the rest. */
const ESCAPES = new RegExp(
  `${ESC}\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)|(?:${ESC}\\[|\u009B)[0-?]*[ -/]*[@-~]|${ESC}[ -/]*[0-~]`,
  'g',
);

/** The pager's mark of IOS (` --More-- `), and of ASA (`<--- More --->`), which its answers may follow. */
const PAGER = '<?-{1,8} ?More ?-{1,8}>?(?: or \\(q\\)uit)?';

export function withoutEscapes(text: string): string {
  return text.replace(ESCAPES, '');
}

/** `mark` in place of each pager's mark. */
export function withPagerMark(text: string, mark: string): string {
  return text.replace(new RegExp(PAGER, 'gi'), mark);
}

/**
 * What is to be seen after the backspaces and carriage returns of a line: they move the cursor, and what follows
 * overwrites. A line end is no part of the line.
 */
export function typed(line: string): string {
  if (!/[\b\r]/.test(line)) return line;
  const shown: string[] = [];
  let cursor = 0;
  for (const char of line) {
    if (char === '\b') cursor = Math.max(0, cursor - 1);
    else if (char === '\r') cursor = 0;
    else shown[cursor++] = char;
  }
  return shown.join('');
}

export type ShownLine = {
  /** With its indentation; without blanks at its end. */
  readonly text: string;
  /** 1-based, in the text as it was given. */
  readonly line: number;
  /** The pager waits here: nothing was printed over its mark. */
  readonly quit: boolean;
};

const WAITING = new RegExp(`${PAGER}$`, 'i');
const MARK = new RegExp(` ?${PAGER} ?`, 'i');

/** The lines of a text, also empty ones. */
export function shownLines(text: string): ShownLine[] {
  const ends = text.includes('\n') ? '\n' : '\r';
  return withoutEscapes(text)
    .split(ends)
    .map((raw, index) => {
      const seen = visible(typed(withoutReturns(raw.replaceAll('\0', '')))).trimEnd();
      const quit = WAITING.test(seen);
      return { text: seen.replace(WAITING, '').replace(MARK, '').trimEnd(), line: index + 1, quit };
    });
}

/** Without the carriage returns at the end. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end--;
  return line.slice(0, end);
}

/** Other blanks become blanks; characters that are not to be seen are left out. */
function visible(line: string): string {
  if (!/[^ -~]/.test(line)) return line;
  return line
    .replaceAll('\t', '        ')
    .replace(/[\u00A0\u2000-\u200A\u202F\u3000\v\f]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, '');
}
