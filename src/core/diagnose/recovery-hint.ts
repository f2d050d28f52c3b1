import type { Device } from '../model/device.ts';
import { recoveryLevels, recoveryVisible } from '../model/heard.ts';

/** Why no recovery of the device can be seen, for an operator; null where one can be seen, or where that is not known. */
export function recoveryHint({ heard }: Pick<Device, 'heard'>): string | null {
  if (heard?.watched == null || recoveryVisible(heard) !== false) return null;
  return (
    `no recovery of the device can be seen: the highest level number in ${heard.watched.lines} lines is ${heard.level}, and ` +
    `recoveries have ${recoveryLevels.level} or more; "logging trap informational" is needed`
  );
}
