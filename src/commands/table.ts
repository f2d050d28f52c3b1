/** Tables: at a terminal as wide as it is, and with colour; else plain, so that other programs read the whole. */
import type { styleText } from 'node:util';
import { printable } from '../printable.ts';
import { aligned } from './aligned.ts';
import { type Colouring, printStyled } from './output.ts';

type Style = Parameters<typeof styleText>[0];

/** The words of a cell that have a colour. */
const STYLES: Readonly<Record<string, Style>> = {
  critical: ['bold', 'red'],
  major: 'yellow',
  confirmed: 'red',
  suspected: 'yellow',
  recovering: 'cyan',
  resolved: 'green',
  failed: 'red',
  warning: 'yellow',
  ok: 'green',
};

/** Heads and rows, below each other. */
export function printTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  colouring: Colouring | undefined,
): void {
  const { isTTY, columns } = process.stdout;
  const lines = tableLines(heads, rows, isTTY ? columns : Number.POSITIVE_INFINITY);
  const styled = lines.map((line, index) => (index === 0 ? [{ text: line, style: 'bold' as const }] : wordsOf(line)));
  printStyled(styled, colouring);
}

/** Lines of at most so many characters: what is longer is cut, and ends in an ellipsis. */
export function tableLines(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const lines = aligned([heads, ...rows].map((row) => row.map(printable)));
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}

export type Styled = { readonly text: string; readonly style?: Style };

function wordsOf(line: string): Styled[] {
  return line.split(/(\s+)/).map((text) => {
    const style = Object.hasOwn(STYLES, text) ? STYLES[text] : undefined;
    return style === undefined ? { text } : { text, style };
  });
}
