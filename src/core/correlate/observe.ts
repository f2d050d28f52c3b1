/** Takes a signal into a course: what it says is remembered, nothing is decided yet. */
import type { Advisory } from '../advisory/advisory.ts';
import { type Incident, isOpen } from '../incident.ts';
import { limits } from '../limits.ts';
import type { Course, Healed, Observed, Repair, Seen } from './course.ts';
import { pidOf, releaseOf, statusOf } from './standing.ts';

export function observe(before: Course, signal: Observed, advisory: Advisory): Course {
  const course = signal.tells === null && signal.kind !== 'remediation' ? before : withTold(before, signal, advisory);
  const clocked = withClock(course, signal, advisory);
  switch (signal.kind) {
    case 'failure':
      return observeFailure(clocked, signal, advisory);
    case 'consequence': {
      const families = {
        ...clocked.families,
        [signal.family as string]: seen(clocked.families[signal.family as string], signal, advisory),
      };
      const criticalAt = signal.critical ? signal.at : clocked.criticalAt;
      return withEvidence({ ...clocked, families, criticalAt }, signal);
    }
    case 'recovery':
      return accepts(clocked, signal) ? observeSuccess(clocked, signal, advisory) : withEvidence(clocked, signal);
    case 'remediation':
    case 'clock':
    case 'hint':
      return withEvidence(clocked, signal);
    case 'neutral':
      return clocked;
    case 'operator':
      // What spoke for the incident is judged; only what comes after it can open the next one.
      return signal.mnemonic === CLOSE ? { ...clocked, families: {}, counter: {}, criticalAt: null } : clocked;
  }
}

/** The mnemonics of what an operator does. */
export const CLOSE = 'CLOSE';
export const REOPEN = 'REOPEN';

const nothingFailing = {
  ...{ families: {}, counter: {}, failingPeers: [], criticalAt: null },
  ...{ firstFailureAt: null, lastFailureAt: null },
};

function withClock(course: Course, signal: Observed, advisory: Advisory): Course {
  const { clock, kind, cause } = signal;
  const told =
    kind === 'clock' && cause === 'clock' && clock !== 'unset'
      ? { ...course, wrongClock: seen(course.wrongClock ?? undefined, signal, advisory) }
      : course;
  if (clock === null || clock === course.clock) return told;
  return { ...told, clock, clockSetAt: course.clock === 'unset' ? signal.at : course.clockSetAt };
}

/** What the signal says of the device, and of its repair. */
function withTold(course: Course, signal: Observed, advisory: Advisory): Course {
  const pid = signal.tells?.pid ?? course.pid;
  const release = signal.tells?.release ?? course.release;
  const configuredAt = signal.tells?.saved === undefined ? course.configuredAt : signal.at;
  return { ...course, pid, release, configuredAt, repair: repairAfter(course, { ...signal, pid, release }, advisory) };
}

function repairAfter(
  course: Course,
  { at, kind, tells, pid, release }: Observed & { pid: string | null; release: string | null },
  advisory: Advisory,
): Repair | null {
  const { repair } = course;
  if (tells?.checked !== undefined) return tells.checked ? (repair ?? { at, by: 'check', saved: null }) : null;
  if (kind === 'remediation') return { at, by: 'import', saved: null };
  if (tells?.saved !== undefined) return repair === null ? null : { ...repair, saved: tells.saved };
  const status = (running: string | null) =>
    statusOf(pidOf({ ...course, pid }), running, advisory.products)?.status ?? 'unknown';
  const before = course.release ?? releaseOf(course);
  if (tells?.release !== undefined && before !== null && before !== release) {
    if (status(release) === 'fixed' && status(before) !== 'fixed') return { at, by: 'upgrade', saved: true };
    if (status(release) !== 'fixed' && repair?.by === 'upgrade') return null;
  }
  return tells?.restarted === true && repair?.by === 'import' && repair.saved === false ? null : repair;
}

function observeFailure(course: Course, signal: Observed, advisory: Advisory): Course {
  if (signal.weight === 0) {
    const cause = signal.cause ?? 'ambiguous';
    const counter = { ...course.counter, [cause]: seen(course.counter[cause], signal, advisory) };
    return withEvidence({ ...course, counter }, signal);
  }
  const family = signal.family as string;
  const { families, failingPeers } = course;
  return {
    ...course,
    families: { ...families, [family]: seen(families[family], signal, advisory) },
    failingPeers: merge(failingPeers, signal.peers, limits.failingPeers),
    firstFailureAt: course.firstFailureAt ?? signal.at,
    lastFailureAt: signal.at,
    incident: evidenced(course.incident, signal),
  };
}

/** A success proves the connection: what spoke against it before is settled. */
function observeSuccess(course: Course, signal: Observed, advisory: Advisory): Course {
  const settled = {
    ...course,
    ...nothingFailing,
    lastSuccessAt: signal.at,
    healed: healedBy(course, signal, advisory),
  };
  return withEvidence(settled, signal);
}

function healedBy(course: Course, { at }: Observed, advisory: Advisory): Healed | null {
  const { firstFailureAt: from, families, repair, healed, configuredAt, clockSetAt } = course;
  if (from === null) return healed;
  const proven = Object.keys(families).some((name) => advisory.families.get(name)?.proof === true);
  const since = (time: number | null) => time !== null && time >= from;
  const repaired = since(repair?.at ?? null) || since(configuredAt);
  return { from, to: at, repaired, proven, clockSet: since(clockSetAt) };
}

/** A success counts if it is later than the failures, and of a peer that failed, or names none, or none failed by name. */
function accepts(course: Course, signal: Observed): boolean {
  if (course.lastFailureAt !== null && signal.at <= course.lastFailureAt) return false;
  if (signal.peers.length === 0 || course.failingPeers.length === 0) return true;
  return signal.peers.some((peer) => course.failingPeers.includes(peer));
}

function withEvidence(course: Course, signal: Observed): Course {
  const incident = evidenced(course.incident, signal);
  return incident === course.incident ? course : { ...course, incident };
}

/** A signal belongs to the incident that is open. */
function evidenced(incident: Incident | null, signal: Observed): Incident | null {
  if (!isOpen(incident)) return incident;
  const { families } = incident;
  const counts = signal.family !== null && (signal.kind !== 'failure' || signal.weight > 0);
  return {
    ...incident,
    families: counts ? merge(families, [signal.family as string]) : families,
    evidence: incident.evidence + signal.times,
    lastEvidenceAt: signal.at,
    consequence: incident.consequence || signal.critical,
  };
}

/** A family that was silent for a window begins anew. */
function seen(before: Seen | undefined, { at, times }: Pick<Observed, 'at' | 'times'>, advisory: Advisory): Seen {
  if (before === undefined || before.lastAt <= at - advisory.correlation.windowMs)
    return { firstAt: at, lastAt: at, count: times };
  return { firstAt: before.firstAt, lastAt: at, count: before.count + times };
}

/** Sorted, each once, at most so many. */
export function merge(
  names: readonly string[],
  more: readonly string[],
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  if (more.every((name) => names.includes(name))) return names;
  return [...new Set([...names, ...more])].sort().slice(0, most);
}
