/** Whether a repair was seen, and whether later messages prove that it works. */
import type { Advisory } from '../advisory/advisory.ts';
import type { DeviceState, Repair } from '../model/device-state.ts';

/**
 * `seen`: no success since the repair, or a failure after the last success. `verifying`: a success followed the repair,
 * and the hold time runs. `verified`: the hold time has passed without a failure.
 */
export type Remediation = {
  readonly state: 'seen' | 'verifying' | 'verified';
  readonly by: Repair['by'];
  readonly seenAt: number;
  readonly saved: boolean | null;
  readonly verifiedAt: number | null;
};

/** Whether a success followed the repair, and no failure of licensing that success. */
export function hasWorked({ repair, lastSuccessAt, failsSince }: DeviceState): boolean {
  return repair !== null && lastSuccessAt !== null && lastSuccessAt >= repair.at && failsSince === null;
}

/** Null if no repair was seen. `at`: the moment to answer for, in milliseconds. */
export function remediationOf(state: DeviceState, at: number, advisory: Advisory): Remediation | null {
  const { repair, lastSuccessAt } = state;
  if (repair === null) return null;
  const seen = { by: repair.by, seenAt: repair.at, saved: repair.saved, verifiedAt: null };
  if (lastSuccessAt === null || !hasWorked(state)) return { state: 'seen', ...seen };
  const verifiedAt = lastSuccessAt + advisory.correlation.holdTimeMs;
  return verifiedAt <= at ? { ...seen, state: 'verified', verifiedAt } : { state: 'verifying', ...seen };
}
