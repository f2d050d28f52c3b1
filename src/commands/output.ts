/** What commands print. Nothing else in this folder writes to stdout or stderr, so no control character gets there. */
import { styleText } from 'node:util';
import { jsonText, printable, printableLines } from '../printable.ts';
import type { Styled } from './table.ts';

/** Writes text with its line ends to stdout. False: wait for `drain` before more is printed. */
export function print(text: string): boolean {
  return process.stdout.write(printableLines(text));
}

/** When words have a colour. `auto`: at a terminal, as `NO_COLOR`, `FORCE_COLOR` and `NODE_DISABLE_COLORS` say. */
export const colourings = ['auto', 'always', 'never'] as const;
export type Colouring = (typeof colourings)[number];

/** Writes lines of words, some of which have a colour. */
export function printStyled(lines: readonly (readonly Styled[])[], colouring: Colouring = 'auto'): void {
  const stream = process.stdout;
  const shown = ({ text, style }: Styled) =>
    style === undefined || colouring === 'never'
      ? printable(text)
      : styleText(style, printable(text), { stream, validateStream: colouring === 'auto' });
  stream.write(lines.map((words) => `${words.map(shown).join('')}\n`).join(''));
}

/** Writes a value as one line of JSON to stdout. */
export function printJson(value: unknown): void {
  printJsonLines([value]);
}

/** The same with each of several values. False: as `print`. */
export function printJsonLines(values: readonly unknown[]): boolean {
  return process.stdout.write(values.map((value) => `${jsonText(value)}\n`).join(''));
}

/** Writes text with its line ends to stderr, or to another terminal. */
export function warn(text: string, terminal: Pick<NodeJS.WriteStream, 'write'> = process.stderr): void {
  terminal.write(printableLines(text));
}
