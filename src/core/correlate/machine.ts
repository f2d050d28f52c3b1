/**
 * The life of one device's incident: a pure function of its signals in the order of their times.
 * `pass` lets time go by, `observe` takes a signal in, `decide` says what it changes, `evolve` applies that.
 */
import type { Advisory } from '../advisory/advisory.ts';
import { type Change, type ChangeReason, type Incident, isOpen, type Level, levelOf, type Phase } from '../incident.ts';
import { limits } from '../limits.ts';
import type { Cause, SignalKind } from '../message.ts';

/** A signal as the machine takes it, with the event time that decides. */
export type Observed = {
  readonly at: number;
  readonly kind: SignalKind;
  readonly family: string | null;
  readonly cause: Cause | null;
  readonly weight: number;
  readonly mnemonic: string;
  /** The licensing peers that the text names, sorted by the advisory; empty if it names none. */
  readonly peers: readonly string[];
  /** What the line says of the device's clock. */
  readonly clock: 'set' | 'unset' | null;
  /** A consequence that makes the incident critical. */
  readonly critical: boolean;
};

type Seen = { readonly firstAt: number; readonly lastAt: number; readonly count: number };

/** Everything known of a device that decides of its incident. */
export type Course = {
  /** Families with weight (and consequences) since the last accepted success. */
  readonly families: Readonly<Record<string, Seen>>;
  /** Counter-evidence by cause. */
  readonly counter: Readonly<Record<string, Seen>>;
  readonly failingPeers: readonly string[];
  readonly clock: 'set' | 'unset' | null;
  readonly lastSuccessAt: number | null;
  /** Since the last success. */
  readonly firstFailureAt: number | null;
  readonly lastFailureAt: number | null;
  /** Incidents so far. */
  readonly ordinal: number;
  /** The open one, or the last one. */
  readonly incident: Incident | null;
};

export const newCourse: Course = {
  families: {},
  counter: {},
  failingPeers: [],
  clock: null,
  lastSuccessAt: null,
  firstFailureAt: null,
  lastFailureAt: null,
  ordinal: 0,
  incident: null,
};

/** `past`: the course as it was when a further incident began; the incident in it is then over. */
export type Step = { readonly course: Course; readonly changes: readonly Change[]; readonly past: readonly Course[] };

/** Takes one signal in, which must not be older than the ones before it. */
export function step(course: Course, signal: Observed, advisory: Advisory): Step {
  const passed = pass(course, signal.at, advisory);
  const observed = observe(passed.course, signal, advisory);
  const changes = decide(observed, signal, advisory);
  const decided = changes.reduce((state, change) => evolve(state, change, advisory), observed);
  const raised = raise(decided, signal.at, advisory);
  const past = passed.course.incident !== null && raised.course.ordinal > passed.course.ordinal ? [passed.course] : [];
  return { course: raised.course, changes: [...passed.changes, ...changes, ...raised.changes], past };
}

/** Lets time go by until `now`: hold times end, silence grows long, the grace runs out. */
export function pass(course: Course, now: number, advisory: Advisory): Step {
  const changes: Change[] = [];
  let current = course;
  for (
    let due = nextDeadline(current, advisory);
    due !== null && due.at <= now;
    due = nextDeadline(current, advisory)
  ) {
    changes.push(due.change);
    current = evolve(current, due.change, advisory);
  }
  return { course: current, changes, past: [] };
}

/** The next moment at which time alone changes something; null if there is none. */
export function nextDeadline(course: Course, advisory: Advisory): { at: number; change: Change } | null {
  const { incident } = course;
  if (!isOpen(incident)) return null;
  const { holdTimeMs, staleAfterMs } = advisory.correlation;
  const { phase } = incident;
  const due: { at: number; change: Change }[] = [];
  const add = (at: number, type: Change['type'], to: Phase['state'], reason: ChangeReason) =>
    due.push({ at, change: changeOf(incident, type, to, reason, at) });
  if (phase.state === 'recovering') add(phase.since + holdTimeMs, 'IncidentResolved', 'resolved', 'hold-time-passed');
  else if (phase.state !== 'stale')
    add(incident.lastEvidenceAt + staleAfterMs, 'IncidentWentStale', 'stale', 'no-evidence-for-long');
  const critical = criticalFrom(course, advisory);
  if (incident.severity !== 'critical' && critical !== null && phase.state !== 'recovering') {
    const at = Math.max(critical, incident.openedAt);
    due.push({
      at,
      change: { ...changeOf(incident, 'SeverityRaised', phase.state, 'grace-nearly-over', at), severity: 'critical' },
    });
  }
  return due.reduce<(typeof due)[number] | null>(
    (soonest, item) => (soonest === null || item.at < soonest.at ? item : soonest),
    null,
  );
}

/** FN72298: one year after the last successful connection; without one, at most a year after the first failure. */
export function graceOf(course: Course, advisory: Advisory): { until: number | null; untilAtMost: number | null } {
  if (course.lastSuccessAt !== null) return { until: course.lastSuccessAt + advisory.graceMs, untilAtMost: null };
  if (course.firstFailureAt === null) return { until: null, untilAtMost: null };
  return { until: null, untilAtMost: course.firstFailureAt + advisory.graceMs };
}

export type Verdict = {
  readonly score: number;
  readonly families: readonly string[];
  readonly level: Level | null;
  readonly reason: ChangeReason | null;
  readonly capped: boolean;
};

/** What the families of the last window add up to at a time. */
export function verdictAt(course: Course, at: number, advisory: Advisory): Verdict {
  const { thresholds, correlation } = advisory;
  let score = 0;
  let proof = false;
  const families: string[] = [];
  for (const [name, seen] of Object.entries(course.families)) {
    const family = advisory.families.get(name);
    if (family === undefined || family.weight === 0 || seen.lastAt <= at - correlation.windowMs) continue;
    families.push(name);
    score += family.weight;
    proof ||= family.proof;
  }
  const base = { score, families };
  const suspected = score >= thresholds.suspected.score && families.length >= thresholds.suspected.families;
  if (!suspected) return { ...base, level: null, reason: null, capped: false };
  const proven = proof && families.length >= thresholds.proof.families;
  if (!proven && score < thresholds.confirmed.score)
    return { ...base, level: 'suspected', reason: 'score-reached', capped: false };
  // An unset clock makes every certificate look invalid.
  if (course.clock === 'unset') return { ...base, level: 'suspected', reason: 'score-reached', capped: true };
  return { ...base, level: 'confirmed', reason: proven ? 'proof-and-another-family' : 'score-reached', capped: false };
}

function observe(course: Course, signal: Observed, advisory: Advisory): Course {
  const clocked = signal.clock === null || signal.clock === course.clock ? course : { ...course, clock: signal.clock };
  switch (signal.kind) {
    case 'failure':
      return observeFailure(clocked, signal, advisory);
    case 'consequence': {
      const families = {
        ...clocked.families,
        [signal.family as string]: seen(clocked.families[signal.family as string], signal.at, advisory),
      };
      return withEvidence({ ...clocked, families }, signal);
    }
    case 'recovery':
      return accepts(clocked, signal) ? observeSuccess(clocked, signal) : withEvidence(clocked, signal);
    case 'remediation':
    case 'clock':
    case 'hint':
      return withEvidence(clocked, signal);
    case 'neutral':
      return clocked;
  }
}

function observeFailure(course: Course, signal: Observed, advisory: Advisory): Course {
  if (signal.weight === 0) {
    const cause = signal.cause ?? 'ambiguous';
    const counter = { ...course.counter, [cause]: seen(course.counter[cause], signal.at, advisory) };
    return withEvidence({ ...course, counter }, signal);
  }
  const family = signal.family as string;
  const families = { ...course.families, [family]: seen(course.families[family], signal.at, advisory) };
  const failed = {
    ...course,
    families,
    failingPeers: merge(course.failingPeers, signal.peers).slice(0, limits.failingPeers),
    firstFailureAt: course.firstFailureAt ?? signal.at,
    lastFailureAt: signal.at,
  };
  return withEvidence(failed, signal);
}

/** A success proves the connection: what spoke against it before is settled. */
function observeSuccess(course: Course, signal: Observed): Course {
  const settled = {
    ...course,
    families: {},
    counter: {},
    failingPeers: [],
    lastSuccessAt: signal.at,
    firstFailureAt: null,
    lastFailureAt: null,
  };
  return withEvidence(settled, signal);
}

/** A success counts if it is later than the failures, and of a peer that failed, or names none, or none failed by name. */
function accepts(course: Course, signal: Observed): boolean {
  if (course.lastFailureAt !== null && signal.at <= course.lastFailureAt) return false;
  if (signal.peers.length === 0 || course.failingPeers.length === 0) return true;
  return signal.peers.some((peer) => course.failingPeers.includes(peer));
}

function withEvidence(course: Course, signal: Observed): Course {
  const { incident } = course;
  if (!isOpen(incident)) return course;
  const families =
    signal.family === null || (signal.kind === 'failure' && signal.weight === 0)
      ? incident.families
      : merge(incident.families, [signal.family]);
  return {
    ...course,
    incident: {
      ...incident,
      families,
      evidence: incident.evidence + 1,
      lastEvidenceAt: signal.at,
      consequence: incident.consequence || signal.critical,
    },
  };
}

/** A family that was silent for a window begins anew. */
function seen(before: Seen | undefined, at: number, advisory: Advisory): Seen {
  if (before === undefined || before.lastAt <= at - advisory.correlation.windowMs)
    return { firstAt: at, lastAt: at, count: 1 };
  return { firstAt: before.firstAt, lastAt: at, count: before.count + 1 };
}

/** What a signal that was taken in changes. */
function decide(course: Course, signal: Observed, advisory: Advisory): Change[] {
  const { incident } = course;
  const failing = signal.kind === 'failure' && signal.weight > 0;
  if (incident === null || incident.phase.state === 'closed') return opening(course, signal, advisory);
  const to = (type: Change['type'], state: Phase['state'], reason: ChangeReason) => [
    changeOf(incident, type, state, reason, signal.at),
  ];
  const recovered =
    signal.kind === 'recovery' &&
    course.lastSuccessAt === signal.at &&
    course.failingPeers.length === 0 &&
    course.firstFailureAt === null;
  const { phase } = incident;
  switch (phase.state) {
    case 'suspected':
    case 'confirmed': {
      if (recovered) return to('IncidentRecovering', 'recovering', successReason(signal));
      const verdict = verdictAt(course, signal.at, advisory);
      return phase.state === 'suspected' && verdict.level === 'confirmed'
        ? to('IncidentConfirmed', 'confirmed', verdict.reason as ChangeReason)
        : [];
    }
    case 'recovering':
      return failing ? to('IncidentRegressed', phase.from, 'failure-while-recovering') : [];
    case 'stale':
      if (recovered) return to('IncidentRecovering', 'recovering', successReason(signal));
      return failing ? to('IncidentReopened', phase.from, 'failure-after-silence') : [];
    case 'resolved':
      if (failing && signal.at - phase.at <= advisory.correlation.reopenWithinMs) {
        return to('IncidentReopened', phase.from, 'failure-soon-after-resolution');
      }
      return opening(course, signal, advisory);
  }
}

function opening(course: Course, signal: Observed, advisory: Advisory): Change[] {
  if (signal.kind !== 'failure' && signal.kind !== 'clock') return [];
  const { level, reason } = verdictAt(course, signal.at, advisory);
  if (level === null || reason === null) return [];
  const type = level === 'confirmed' ? 'IncidentConfirmed' : 'IncidentSuspected';
  return [
    { type, ordinal: course.ordinal + 1, at: signal.at, from: null, to: level, severity: severityOf(level), reason },
  ];
}

function successReason(signal: Observed): ChangeReason {
  return signal.peers.length === 0 ? 'success-of-an-unnamed-peer' : 'success-of-the-failing-peer';
}

/** Applies a change. Its phase is the whole of what it means. */
export function evolve(course: Course, change: Change, advisory: Advisory): Course {
  const incident = change.ordinal === course.incident?.ordinal ? course.incident : openedBy(course, change, advisory);
  const phase = phaseAfter(incident.phase, change);
  const reopened = change.type === 'IncidentReopened' || change.type === 'IncidentRegressed';
  const next: Incident = {
    ...incident,
    phase,
    severity: worse(change.severity, incident.severity),
    score: Math.max(incident.score, verdictAt(course, change.at, advisory).score),
    confirmedAt: phase.state === 'confirmed' ? (incident.confirmedAt ?? change.at) : incident.confirmedAt,
    regressions: incident.regressions + (reopened && change.reason !== 'failure-after-silence' ? 1 : 0),
    ...(reopened && incident.phase.state === 'resolved' ? reopenedBy(course, incident, change.at) : {}),
  };
  return { ...course, ordinal: next.ordinal, incident: next };
}

/** The signal that reopens came while the incident was over: it belongs to it from now on. */
function reopenedBy(course: Course, incident: Incident, at: number): Partial<Incident> {
  return {
    families: merge(incident.families, Object.keys(course.families)),
    lastEvidenceAt: at,
    evidence: incident.evidence + 1,
  };
}

function openedBy(course: Course, change: Change, advisory: Advisory): Incident {
  const { score } = verdictAt(course, change.at, advisory);
  const since = change.at - advisory.correlation.windowMs;
  const inWindow = Object.entries(course.families).filter(([, family]) => family.lastAt > since);
  const counter = Object.values(course.counter).filter((cause) => cause.lastAt > since);
  return {
    ordinal: change.ordinal,
    phase: { state: change.to as Level },
    severity: change.severity,
    score,
    families: inWindow.map(([name]) => name).sort(),
    openedAt: change.at,
    confirmedAt: null,
    firstEvidenceAt: Math.min(
      change.at,
      ...inWindow.map(([, family]) => family.firstAt),
      ...counter.map((cause) => cause.firstAt),
    ),
    lastEvidenceAt: change.at,
    evidence: [...inWindow.map(([, family]) => family), ...counter].reduce((sum, { count }) => sum + count, 0),
    regressions: 0,
    consequence: course.families['consequence'] !== undefined && course.families['consequence'].lastAt > since,
  };
}

function phaseAfter(phase: Phase, change: Change): Phase {
  const from = levelOf(phase);
  switch (change.to) {
    case 'suspected':
    case 'confirmed':
      return { state: change.to };
    case 'recovering':
      return phase.state === 'recovering' ? phase : { state: 'recovering', from, since: change.at };
    case 'resolved':
      return { state: 'resolved', from, since: phase.state === 'recovering' ? phase.since : change.at, at: change.at };
    case 'stale':
    case 'closed':
      return { state: change.to, from, at: change.at };
  }
}

/** A level has its severity; lost licensing rights make it critical. */
function raise(course: Course, at: number, advisory: Advisory): Step {
  const { incident } = course;
  if (!isOpen(incident)) return { course, changes: [], past: [] };
  const critical = criticalFrom(course, advisory);
  const near = critical !== null && critical <= at;
  const wanted = incident.consequence || near ? 'critical' : severityOf(levelOf(incident.phase));
  const scored = {
    ...course,
    incident: { ...incident, score: Math.max(incident.score, verdictAt(course, at, advisory).score) },
  };
  if (worse(wanted, incident.severity) === incident.severity) return { course: scored, changes: [], past: [] };
  const reason = near && !incident.consequence ? 'grace-nearly-over' : 'licensing-rights-lost';
  const change: Change = {
    ...changeOf(incident, 'SeverityRaised', incident.phase.state, reason, at),
    severity: wanted,
  };
  return { course: evolve(scored, change, advisory), changes: [change], past: [] };
}

function criticalFrom(course: Course, advisory: Advisory): number | null {
  const { until, untilAtMost } = graceOf(course, advisory);
  const end = until ?? untilAtMost;
  return end === null ? null : end - advisory.criticalBelowMs;
}

function changeOf(
  incident: Incident,
  type: Change['type'],
  to: Phase['state'],
  reason: ChangeReason,
  at: number,
): Change {
  const severity =
    to === 'suspected' || to === 'confirmed' ? worse(severityOf(to), incident.severity) : incident.severity;
  return { type, ordinal: incident.ordinal, at, from: incident.phase.state, to, severity, reason };
}

function severityOf(level: Level): Incident['severity'] {
  return level === 'confirmed' ? 'major' : 'warning';
}

const RANK = { warning: 0, major: 1, critical: 2 } as const;

function worse(a: Incident['severity'], b: Incident['severity']): Incident['severity'] {
  return RANK[a] > RANK[b] ? a : b;
}

function merge(names: readonly string[], more: readonly string[]): readonly string[] {
  const added = more.filter((name) => !names.includes(name));
  return added.length === 0 ? names : [...names, ...added].sort();
}
