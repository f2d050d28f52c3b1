/** Times and zones in query parameters. */
import { Type } from 'typebox';
import { zoneOffsetOf } from '../core/decode/zone-offset.ts';
import type { ZoneOffset } from '../core/read/event-time.ts';
import { RouteError } from './problems.ts';
import { dateTime } from './views/types.ts';

/** A parameter that is a time. */
export function timeOf(description: string) {
  return Type.Optional(Type.String({ ...dateTime, description: `RFC 3339; ${description}` }));
}

/** Milliseconds. The format of the schema allows leap seconds, which no clock of this program has. */
export function instantOf(key: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new RouteError(400, `${key}: ${text} is not a time as 2026-03-01T00:00:00Z`);
  return instant;
}

/** A parameter that is a time zone. */
export function zoneOf(description: string) {
  return Type.Optional(Type.String({ maxLength: 64, description: `UTC, +01:00 or an IANA name; ${description}` }));
}

export function zoneOffsetIn(key: string, text: string | undefined): ZoneOffset | null {
  if (text === undefined) return null;
  // A plus sign of a query is a blank.
  const zone = zoneOffsetOf(text.replace(/^ /, '+'));
  if (zone !== null) return zone;
  throw new RouteError(400, `${key}: "${text}" is not a time zone: use UTC, +01:00 or a name like Europe/Berlin`);
}
