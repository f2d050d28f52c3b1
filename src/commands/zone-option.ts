import { zoneOffsetOf } from '../config/zone.ts';
import type { ZoneOffset } from '../core/read/event-time.ts';
import { OperatingError } from '../errors.ts';

/** The `--zone` of a command. */
export function zoneOption(name: string): ZoneOffset {
  const zone = zoneOffsetOf(name);
  if (zone !== null) return zone;
  throw new OperatingError('QVW_USAGE', `"${name}" is not a zone: use UTC, +01:00 or a name like Europe/Berlin`);
}
