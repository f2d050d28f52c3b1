/** Which words of a header are no names, by their form alone. */
import { PLACEHOLDERS } from './name-hash.ts';

const MONTHS = 'Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec';

/** A month or a weekday. Names in small letters or capitals may be hosts. */
export const CALENDAR = new RegExp(
  `^(?:Mon|Tues?|Wed|Thu|Fri|Sat|Sun|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|${MONTHS})$`,
);

/** A piece of a time that was cut, also behind a prompt: `41.985`, `sw-a#41.985`, `00:45:54`. */
const PIECE = /(?:^|[#>])\d+\.\d+$|^\d{1,2}(?::\d\d){1,2}(?:\.\d+)?$/;

/** Whether a token is a part of a time, so that it names no host. */
export function isOfTime(value: string): boolean {
  return PIECE.test(value) || CALENDAR.test(value);
}

/** Letters alone may be a word or a program; a name of a device has a digit or a mark as well, with few exceptions. */
export function isNameLike(value: string): boolean {
  return /[^A-Za-z]/.test(value);
}

const UNWRITTEN = new Set(PLACEHOLDERS);

/** True for a name of RFC 5424 §6.2.4 (at most 255 printable ASCII characters) that is not a placeholder. */
export function isWritten(name: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(name) && !UNWRITTEN.has(name);
}
