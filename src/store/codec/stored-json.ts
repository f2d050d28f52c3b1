/** How JSON escapes half of a character, and no whole one: U+D800 to U+DFFF alone. */
const HALF = '\\ud';

/**
 * A value out of its JSON. Older versions took half of a character from inventories and notes; it is read as U+FFFD, which is what
 * the columns of the database have of it.
 */
export function parseStored(json: string) {
  return JSON.parse(json, json.includes(HALF) ? wholeCharacters : undefined);
}

function wholeCharacters(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
