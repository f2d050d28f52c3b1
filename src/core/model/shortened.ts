/** `most` characters at most, the last of them `…` if some are left out. Never ends within a character of two units. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
