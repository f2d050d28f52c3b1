/**
 * Text that may come from a device, a file or an argument, without what would change a terminal: the control characters of C0
 * and C1, DEL, and the controls of the direction of writing (Unicode, UAX #9).
 */

/** U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+206F. */
const DIRECTION = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u206f';
const ALL = new RegExp(`[\\u0000-\\u001f\\u007f-\\u009f${DIRECTION}]`, 'g');
const BUT_LINES = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f${DIRECTION}]`, 'g');

/** One line: line ends and tabs are replaced, too, so that a text cannot look like a line of the program. */
export function printable(text: string): string {
  return text.replace(ALL, '\uFFFD');
}

/** Several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(BUT_LINES, '\uFFFD');
}

/** The same text with `\uXXXX` in place of these characters, as a text in JSON has them. */
export function escaped(text: string): string {
  return text.replace(BUT_LINES, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** JSON on one line. What `JSON.stringify` leaves as it is, but a terminal obeys, is escaped. */
export function jsonText(value: unknown): string {
  return escaped(JSON.stringify(value));
}
