/** Lines of the log for people. */

import { escaped } from '../printable.ts';

/** How a line is written: as JSON, or as text; `colors`: levels of text have colours. */
export type LogFormat = { readonly kind: 'json' } | { readonly kind: 'text'; readonly colors: boolean };

/** pino's levels (its `levels.values`), as words of one width, with the colour of a terminal (ECMA-48). */
const LEVELS: Readonly<Record<number, readonly [word: string, color: number]>> = {
  10: ['TRACE', 90],
  20: ['DEBUG', 90],
  30: ['INFO ', 32],
  40: ['WARN ', 33],
  50: ['ERROR', 31],
  60: ['FATAL', 35],
};

/** A line of pino in this format, with its line end. No character of it controls a terminal. */
export function formatted(line: string, format: LogFormat): string {
  if (format.kind === 'json') return `${escaped(line.trimEnd())}\n`;
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const [word, color] = LEVELS[level as number] ?? [`${level}`, 0];
  const shown = format.colors ? `\u001b[${color}m${word}\u001b[0m` : word;
  const failure = errorOf(err);
  // Some errors are logged by their words alone.
  const words = failure?.message ?? err;
  const pairs = Object.entries(words === undefined ? fields : { ...fields, error: words });
  const text = [`${msg ?? ''}`, ...pairs.map(([name, value]) => `${name}=${asWord(value)}`)].filter(Boolean).join(' ');
  const stack = (failure?.stack ?? []).map((each) => `    ${inLine(each)}\n`);
  return `${time} ${shown} ${inLine(text)}\n${stack.join('')}`;
}

/** As one word: what has blanks or quotes is in JSON. */
function asWord(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=\\]+$/.test(value) ? value : JSON.stringify(value);
}

/** An error as pino writes it; the frames of its stack without its message. */
function errorOf(err: unknown): { message: string; stack: readonly string[] } | null {
  if (typeof err !== 'object' || err === null) return null;
  const { message = '', stack = '' } = err as { readonly message?: unknown; readonly stack?: unknown };
  const frames = `${stack}`.split('\n').filter((each) => /^\s+at /.test(each));
  return { message: `${message}`, stack: frames.map((frame) => frame.trim()) };
}

/** One line: its line ends and tabs are escaped, too. */
function inLine(text: string): string {
  return escaped(text.replace(/[\t\n]/g, (character) => (character === '\n' ? '\\n' : '\\t')));
}
