/** Tables in Markdown, padded so that they can be read as they are. */

type Cell = string | number;

/** Columns of figures, but the first, are set to the right. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? whole(cell) : cell)));
  const widths = heads.map((head, column) => Math.max(3, head.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const right = heads.map((_, column) => column > 0 && rows.every((row) => isFigure(row[column])));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (right[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(heads), line(rule), ...texts.map(line)].join('\n');
}

export function list(notes: readonly string[]): string {
  return notes.map((note) => `- ${note}`).join('\n');
}

/** `1,234,567`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `2.7 x`, `0.04 x`. */
export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.1 ? 2 : 1)} x`;
}

/** `0.05 %` of a part in [0, 1]; never rounds a loss to none. */
export function percent(part: number): string {
  if (part === 0) return '0 %';
  return part < 0.0001 ? '< 0.01 %' : `${(part * 100).toFixed(2)} %`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** Also of a column that has no figure in some rows. */
function isFigure(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || cell === undefined || /^(?:[+<-]? ?[\d,.]+(?: (?:x|%|MiB))?|–?)$/.test(cell);
}
