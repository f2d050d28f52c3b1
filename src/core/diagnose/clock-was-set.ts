/** What people are told of a device that failed with a wrong clock, and has not failed since the clock was set. */
import type { Check } from '../advisory/advisory.ts';
import { clockSetSince } from '../judge/claims.ts';
import type { DeviceState } from '../model/device-state.ts';
import { later } from '../model/instant.ts';

/** Behind the name of a device. */
export const UNTIL_CLOCK_SET = 'failed until its clock was set';

/** When the clock was set; null if it may still be wrong, or if the device has failed since. */
export function clockWasSetAt(state: DeviceState): number | null {
  const setAt = clockSetSince(state);
  const failedAt = later(state.lastFailureAt, state.incident?.lastFailureAt ?? null);
  return setAt === null || (failedAt !== null && failedAt > setAt) ? null : setAt;
}

/** What is left to check: the clock is not. Nothing where a success has shown that licensing works. */
export function checksOnceClockSet({ lastSuccessAt }: Pick<DeviceState, 'lastSuccessAt'>, setAt: number): Check[] {
  if (lastSuccessAt !== null && lastSuccessAt >= setAt) return [];
  const time = new Date(setAt).toISOString().slice(0, 16).replace('T', ' ');
  return [{ check: `licensing works now: the device ${UNTIL_CLOCK_SET} (${time} UTC)`, commands: [] }];
}
