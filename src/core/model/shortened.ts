/** `most` characters at most, the last of them `…` if some are left out. Never ends within a character of two units. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${beginning(text, most - 1)}…`;
}

/** The first `most` characters at most. Never ends within a character of two units: no database keeps half of one. */
export function beginning(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}
