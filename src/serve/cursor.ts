/**
 * A cursor is the position of the next page of a list, opaque to clients. It belongs to the list, to the filters and to the
 * order of the page that it comes from: in another list it would leave out rows, and nobody would see it.
 */
import { createHash } from 'node:crypto';
import { RouteError } from './problems.ts';

const NUMBER = /^\d{1,15}$/;
/** Numbers or null, a text and an ordinal, as JSON: see incident-order.ts. */
const ORDERED = /^\[(?:(?:-?\d{1,20}(?:\.\d{1,20})?|null),){0,4}"(?:[^"\\]|\\.)*",\d{1,15}\]$/s;
/** The format of the positions of each list, as the store returns them. */
const POSITIONS = {
  incidents: ORDERED,
  devices: /^.+$/s,
  plants: /^.+$/s,
  messages: /^(?:-?\d+(?:\.\d+)? )?\d{1,15}$/,
  unparsed: NUMBER,
  notices: NUMBER,
  timeline: /^\[-?\d{1,20}(?:\.\d{1,20})?,\d,-?\d{1,16}\]$/,
  losses: /^\d{1,15} .+$/,
} as const;

export type List = keyof typeof POSITIONS;

/** The parameters of a request by name. Those that are undefined are as good as not there. */
export type Query = Readonly<Record<string, unknown>>;

/** What a page may have of its own without being a page of another list. */
const OF_THE_PAGE: ReadonlySet<string> = new Set(['cursor', 'limit', 'format']);

/** The cursor of a position of the store in the list that the query describes; null after the last page. */
export function toCursor(list: List, position: string | null, query: Query): string | null {
  return position === null ? null : encoded(`${list} ${digestOf(query)} ${position}`);
}

/**
 * The position of the store; undefined: the beginning of the list. Throws for a text that is no cursor of this list, and for a
 * cursor of other filters or of another order.
 */
export function fromCursor(list: List, cursor: string | undefined, query: Query): string | undefined {
  if (cursor === undefined) return undefined;
  const [, name, digest, position = ''] = /^(\w+) (\S+) (.+)$/s.exec(decoded(cursor)) ?? [];
  if (name !== list || encoded(`${name} ${digest} ${position}`) !== cursor || !POSITIONS[list].test(position))
    throw new RouteError(400, `this is not a cursor of the list ${list}: use "next" of the previous page unchanged`);
  if (digest === digestOf(query)) return position;
  throw new RouteError(
    400,
    'this cursor belongs to other filters or to another order: ask with those of the previous page, or without a cursor',
  );
}

/** The same for the same filters and order, in whatever order they, and the values of a list, are named. */
function digestOf(query: Query): string {
  const named = Object.entries(query)
    .filter(([name, value]) => value !== undefined && !OF_THE_PAGE.has(name))
    .map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)].sort() : value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url').slice(0, 12);
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

function decoded(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('utf8');
}
