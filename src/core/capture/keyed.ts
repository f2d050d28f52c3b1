/**
 * Reads outputs of keys and values: `Key: value` below headings, by a table of rules. A heading is a key without a value,
 * or a line that is underlined. It holds for what is indented below it; a key with a value at the margin ends no heading,
 * as collectors of outputs lose indentation.
 */
import type { Reading } from './reading.ts';
import type { ShownLine } from './terminal.ts';

export type KeyedLine = {
  readonly line: ShownLine;
  /** Without blanks at its ends; empty for a line that is no key with a value. */
  readonly key: string;
  readonly value: string;
  /** The headings above, from the outermost, in lower case: `smart licensing status`, `transport`, `proxy`. */
  readonly path: readonly string[];
};

/** What a reader remembers from line to line. */
export type Rule<Memory> = {
  /** The innermost heading, or any of the headings, in lower case. */
  readonly in?: RegExp;
  /** The whole key, or the whole line where it has no key. */
  readonly key: RegExp;
  /** No public output shows this form: what it states is marked. */
  readonly assumed?: true;
  /** Absent for what is known and states nothing. */
  readonly read?: (line: KeyedLine, reading: Reading, memory: Memory) => void;
};

const KEYED = /^(\s*)([A-Za-z][^:]{0,80}?)\s*:(?:\s+(.*))?$/;
const UNDERLINE = /^\s*(?:={3,}|-{3,})\s*$/;

export function keyedLines(lines: readonly ShownLine[]): KeyedLine[] {
  const headings: { indent: number; name: string }[] = [];
  let title: string | null = null;
  const keyed: KeyedLine[] = [];
  const path = () => [...(title === null ? [] : [title]), ...headings.map(({ name }) => name)];
  for (const [index, line] of lines.entries()) {
    const { text } = line;
    if (text.trim() === '' || UNDERLINE.test(text)) continue;
    const indent = text.length - text.trimStart().length;
    const [, , key, value = ''] = KEYED.exec(text) ?? [];
    if (UNDERLINE.test(lines[index + 1]?.text ?? '') && /^\s*[A-Za-z]/.test(text)) {
      title = text.trim().replace(/:$/, '').toLowerCase();
      headings.length = 0;
      keyed.push({ line, key: '', value: text.trim().replace(/:$/, ''), path: [] });
      continue;
    }
    while (
      headings.length > 0 &&
      (headings.at(-1)?.indent ?? 0) >= indent &&
      (key === undefined || value === '' || indent > 0)
    )
      headings.pop();
    keyed.push({ line, key: key ?? '', value: key === undefined ? text.trim() : value.trim(), path: path() });
    if (key !== undefined && value === '') headings.push({ indent, name: key.toLowerCase() });
  }
  return keyed;
}

/** Gives each line to the first rule that fits; a line that fits none is not understood. */
export function readKeyed<Memory>(
  lines: readonly KeyedLine[],
  rules: readonly Rule<Memory>[],
  memory: Memory,
  reading: Reading,
  what: string,
): void {
  for (const line of lines) {
    const name = line.key === '' ? line.value : line.key;
    const place = line.path.join(' / ');
    const rule = rules.find((each) => each.key.test(name) && (each.in === undefined || each.in.test(place)));
    if (rule === undefined) reading.miss(line.line, `not known in ${what}`);
    else {
      const before = reading.stated.length;
      rule.read?.(line, reading, memory);
      if (rule.assumed) reading.assumeFrom(before);
    }
  }
}
