/** What every payload says in the same words. */
import type { Advisory } from '../advisory/advisory.ts';

/** The address of an incident. */
export function pageOf(publicUrl: string, incident: string): string {
  return `${publicUrl}/api/v1/incidents/${encodeURIComponent(incident)}`;
}

/** The repair, as it is typed. */
export function fixOf({ remediation }: Advisory): string {
  return `${remediation.script.join('\n')}\n! or: ${remediation.upgrade}`;
}

/** Never guessed: without a success that was seen only an upper bound is known. */
export function graceText(until: string | null, untilAtMost: string | null): string {
  if (until !== null) return `licensed features go on until ${until}`;
  return untilAtMost === null
    ? 'the end of the grace period is not known'
    : `the end of the grace period is not known; it is at most ${untilAtMost}`;
}
