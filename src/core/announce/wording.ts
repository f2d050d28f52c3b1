/** Texts that all payloads share. */
import type { Advisory } from '../advisory/advisory.ts';

/** The URL of an incident in the API. */
export function pageOf(publicUrl: string, incident: string): string {
  return `${publicUrl}/api/v1/incidents/${encodeURIComponent(incident)}`;
}

/** The commands of the repair, as an operator types them, and the alternative. */
export function fixOf({ remediation }: Advisory): string {
  return `${remediation.script.join('\n')}\n! or: ${remediation.upgrade}`;
}

/** The end of the grace period. It is never guessed: if no success was seen, only an upper bound is known. */
export function graceText(until: string | null, untilAtMost: string | null): string {
  if (until !== null) return `licensed features work until ${until}`;
  return untilAtMost === null
    ? 'the end of the grace period is not known'
    : `the end of the grace period is not known; it is not later than ${untilAtMost}`;
}
