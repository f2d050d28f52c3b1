import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../model/device.ts';
import { recoveryVisible } from '../model/heard.ts';

/** Why no recovery of a device can be seen, for an operator; null where one can be seen, or where that is not known. */
export function recoveryHint({ heard }: Pick<Device, 'heard'>, { visibility }: Advisory): string | null {
  if (heard?.watched == null || recoveryVisible(heard, visibility) !== false) return null;
  return (
    `no recovery of the device can be seen: the highest level number in ${heard.watched.lines} lines is ${heard.level}, and ` +
    `recoveries have ${visibility.level + 1} or more; "logging trap informational" is needed`
  );
}
