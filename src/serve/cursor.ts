/** A cursor is the position of the next page of a list, opaque to clients. */
import { RouteError } from './problems.ts';

const NUMBER = /^\d{1,15}$/;
/** The format of the positions of each list, as the store returns them. */
const POSITIONS = {
  incidents: /^\d{4}-\d\d-\d\dT[\d:.]+Z .+ .+$/s,
  devices: /^.+$/s,
  messages: NUMBER,
  unparsed: NUMBER,
  notices: NUMBER,
  losses: /^\d{1,15} .+$/,
} as const;

export type List = keyof typeof POSITIONS;

/** The cursor of a position of the store; null after the last page. */
export function toCursor(list: List, position: string | null): string | null {
  return position === null ? null : Buffer.from(`${list} ${position}`, 'utf8').toString('base64url');
}

/**
 * The position of the store; undefined: the beginning of the list. Throws for a text that is no cursor of this list.
 */
export function fromCursor(list: List, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const position = text.slice(list.length + 1);
  if (POSITIONS[list].test(position) && toCursor(list, position) === cursor) return position;
  throw new RouteError(400, `this is not a cursor of the list ${list}: use "next" of the previous page unchanged`);
}
