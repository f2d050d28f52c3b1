import { zoneOffsetOf } from '../core/decode/zone-offset.ts';
import type { ZoneOffset } from '../core/read/event-time.ts';
import { OperatingError } from '../errors.ts';

/** The time zone of `--zone`; `QVW_USAGE` if there is no such zone. */
export function zoneOption(name: string): ZoneOffset {
  const zone = zoneOffsetOf(name);
  if (zone !== null) return zone;
  throw new OperatingError('QVW_USAGE', `"${name}" is not a time zone: use UTC, +01:00 or a name like Europe/Berlin`);
}
