/** Words of a header that are no names. */

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
