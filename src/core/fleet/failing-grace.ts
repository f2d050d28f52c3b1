import type { Advisory } from '../advisory/advisory.ts';
import { graceOf } from '../judge/verdict.ts';
import { type Condition, type Device, isSilent } from '../model/device.ts';

/** The grace period of a failing device, null if none runs. `until`: null if only an upper bound is known. */
export function failingGrace(
  { state }: Pick<Device, 'state'>,
  condition: Condition,
  advisory: Advisory,
): { until: number | null } | null {
  if (isSilent(condition) || condition === 'suppressed') return null;
  const { until, untilAtMost } = graceOf(state, advisory);
  return until === null && untilAtMost === null ? null : { until };
}
