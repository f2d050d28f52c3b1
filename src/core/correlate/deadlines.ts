/** When time alone changes something about a device. */
import type { Advisory } from '../advisory/advisory.ts';
import { isExempt } from '../advisory/exposure.ts';
import { isOfCustomer, lastSaidAt, serverAmong, standsAlone, usesOwnServer } from '../judge/claims.ts';
import { stateSuspectedAt } from '../judge/verdict.ts';
import type { DeviceState } from '../model/device-state.ts';
import { type Incident, isOpen } from '../model/incident.ts';
import { criticalFrom } from './change.ts';
import { movedDueAt } from './success.ts';

/**
 * `server-moved`: a success of another server counts now. `state-held`: a state has held long enough to be suspected.
 * `grace`: the grace period is nearly over. `hold`: a recovery has lasted. `silence`: nothing was heard for long.
 */
export type Deadline = {
  readonly what: 'server-moved' | 'state-held' | 'grace' | 'hold' | 'silence';
  readonly at: number;
};

/** The next moment at which time alone changes something; null if there is none. Of equal times, the first kind. */
export function nextDeadline(state: DeviceState, advisory: Advisory): Deadline | null {
  const { incident, movedAt, firstFailureAt } = state;
  const open = isOpen(incident) ? incident : null;
  if (open === null && movedAt === null && firstFailureAt === null) return null;
  let next = movedAt === null ? null : sooner(null, 'server-moved', movedDueAt(state, advisory));
  const isJudged = open === null || open.phase.state === 'recovering';
  if (isJudged && firstFailureAt !== null) next = sooner(next, 'state-held', stateSuspectedAt(state, advisory));
  if (open === null) return next;
  return endOf(open, state, sooner(next, 'grace', graveAt(state, open, advisory)), advisory);
}

function sooner(next: Deadline | null, what: Deadline['what'], at: number | null): Deadline | null {
  return at === null || (next !== null && next.at <= at) ? next : { what, at };
}

/** The end of the hold time, or the time at which an incident becomes stale, unless another deadline is sooner. */
function endOf(
  { phase, lastEvidenceAt }: Incident,
  state: DeviceState,
  next: Deadline | null,
  advisory: Advisory,
): Deadline | null {
  const { holdTimeMs, staleAfterMs } = advisory.correlation;
  if (phase.state === 'recovering') {
    const heldAt = holdsOpenAt(state, advisory);
    if (heldAt !== 'state') return sooner(next, 'hold', Math.max(phase.since, heldAt) + holdTimeMs);
    return sooner(next, 'silence', lastEvidenceAt + staleAfterMs);
  }
  const isSilent = phase.state === 'suspected' || phase.state === 'confirmed';
  return isSilent ? sooner(next, 'silence', lastEvidenceAt + staleAfterMs) : next;
}

/**
 * Since the success: `state` if licensing says that it fails, and it has not said otherwise; else the time of the last
 * failure that starts the hold time anew. A revocation list does neither, nor does the customer's own server.
 */
export function holdsOpenAt(state: DeviceState, advisory: Advisory): number | 'state' {
  let last = Number.NEGATIVE_INFINITY;
  const isOwn = usesOwnServer(state, lastSaidAt(state), advisory);
  for (const claim of state.claims) {
    if (!claim.isFailure || !standsAlone(claim.family, advisory)) continue;
    if (isOfCustomer({ server: serverAmong(claim.family, claim.server, isOwn, advisory) })) continue;
    if (claim.kind === 'state') return 'state';
    last = Math.max(last, claim.lastAt);
  }
  return last;
}

/** The time at which the severity becomes critical because the grace period is nearly over. */
function graveAt(state: DeviceState, { phase, severity, openedAt }: Incident, advisory: Advisory): number | null {
  if (severity === 'critical' || phase.state === 'recovering' || isExempt(state, advisory)) return null;
  const critical = criticalFrom(state, advisory);
  return critical === null ? null : Math.max(critical, openedAt);
}
