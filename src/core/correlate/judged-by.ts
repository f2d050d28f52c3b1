import type { Advisory } from '../advisory/advisory.ts';

/**
 * The version of the rules by which lines are folded. Raise it with a change of the fold that decides otherwise on the
 * same lines under the same advisory: then stored devices are judged anew when the service starts.
 */
export const RULES = 2;

/** What judged a device: it is stored with the device. Another text than the present one means: to be judged anew. */
export function judgedBy({ name }: Advisory): string {
  return `${name}, rules ${RULES}`;
}

/** Marks a device that was decided about while the clock of the service was ahead, in place of who judged it. */
export const CLOCK_AHEAD = 'a clock that was ahead';

/** Whether this text names the same advisory, of any version and by any rules. */
export function isSameAdvisory(judged: string, { id }: Advisory): boolean {
  return judged.startsWith(`${id} version `);
}
