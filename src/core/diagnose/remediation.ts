/** Whether a repair was seen, and whether messages have proven it since. */
import type { Advisory } from '../advisory/advisory.ts';
import type { DeviceState, Repair } from '../model/device-state.ts';

/**
 * `seen`: nothing has proven it yet, or it has failed again since. `verifying`: a success came after it; the hold time
 * runs. `verified`: the hold time has passed without a failure.
 */
export type Remediation = {
  readonly state: 'seen' | 'verifying' | 'verified';
  readonly by: Repair['by'];
  readonly seenAt: number;
  readonly saved: boolean | null;
  readonly verifiedAt: number | null;
};

/** Null where no repair was seen. `at`: the moment of the question. */
export function remediationOf(state: DeviceState, at: number, advisory: Advisory): Remediation | null {
  const { repair, lastSuccessAt, firstFailureAt } = state;
  if (repair === null) return null;
  const seen = { by: repair.by, seenAt: repair.at, saved: repair.saved, verifiedAt: null };
  if (lastSuccessAt === null || lastSuccessAt < repair.at || firstFailureAt !== null) return { state: 'seen', ...seen };
  const verifiedAt = lastSuccessAt + advisory.correlation.holdTimeMs;
  return verifiedAt <= at ? { ...seen, state: 'verified', verifiedAt } : { state: 'verifying', ...seen };
}
