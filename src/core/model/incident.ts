/** One incident of a device, and its changes. Times are event time in milliseconds. */
import type { HypothesisName } from './hypothesis.ts';

/** How certain it is that the device has lost its trust in Cisco's cloud. */
export type Level = 'suspected' | 'confirmed';

export type Severity = 'warning' | 'major' | 'critical';

/** The states of product.md §5; each has only the fields that it needs. */
export type Phase =
  | { readonly state: Level }
  /** Offline licensing: the failures are real but harmless. */
  | { readonly state: 'suppressed'; readonly from: Level }
  /** `moved`: another server answers than the one that failed. */
  | { readonly state: 'recovering'; readonly from: Level; readonly since: number; readonly moved: boolean }
  | {
      readonly state: 'resolved';
      readonly from: Level;
      readonly since: number;
      readonly at: number;
      readonly moved: boolean;
    }
  | { readonly state: 'stale'; readonly from: Level; readonly at: number }
  | { readonly state: 'closed'; readonly from: Level; readonly at: number };

export type IncidentState = Phase['state'];

/** In the order in which an incident passes through these states. */
export const incidentStates = [
  'suspected',
  'confirmed',
  'recovering',
  'resolved',
  'stale',
  'suppressed',
  'closed',
] as const;
export const severities = ['warning', 'major', 'critical'] as const;

export type Incident = {
  /** 1 for the device's first incident. */
  readonly ordinal: number;
  readonly phase: Phase;
  readonly severity: Severity;
  /** The highest score within one window. */
  readonly score: number;
  readonly families: readonly string[];
  readonly openedAt: number;
  readonly confirmedAt: number | null;
  readonly firstEvidenceAt: number;
  readonly lastEvidenceAt: number;
  /** Of any failure, with or without weight; null where an older version wrote the record and nothing fails any more. */
  readonly lastFailureAt: number | null;
  /** Number of signals that belong to the incident. */
  readonly evidence: number;
  readonly regressions: number;
  /** The last hypothesis that led by the device's own facts at a failure; null if none has led, or it is ruled out. */
  readonly diagnosis: HypothesisName | null;
  /** How often the device worked again during this incident without a repair. */
  readonly healedByItself: number;
  /** How the incident ended; null while it is open. */
  readonly endedBy: EndedBy | null;
  /** Licensing rights are already lost: out of compliance, or authorization or identity expired. */
  readonly consequence: boolean;
};

/**
 * `repair`: an import or an upgrade was seen. `moved`: another server answered, and the one that failed was silent.
 * `healed`: the device worked again, and no repair was seen. `withdrawn`: a late line showed that there was no incident.
 */
export const endings = ['repair', 'moved', 'healed', 'operator', 'withdrawn'] as const;
export type EndedBy = (typeof endings)[number];

/** Why an incident changed. Shared by the store, logs, notices and tests. */
export type ChangeReason =
  | 'score-reached'
  | 'affected-release'
  | 'offline-licensing'
  | 'proof'
  | 'proof-and-another-family'
  | 'state-held'
  | 'expired-while-a-state-held'
  | 'failures-for-long'
  | 'success-of-another-server'
  | 'release-changed'
  | 'success-of-the-failing-peer'
  | 'success-of-an-unnamed-peer'
  | 'failure-while-recovering'
  | 'failure-soon-after-resolution'
  | 'failure-after-silence'
  | 'hold-time-passed'
  | 'no-evidence-for-long'
  | 'licensing-rights-lost'
  | 'grace-nearly-over'
  | 'closed-by-operator'
  | 'reopened-by-operator'
  | 'inventory-changed'
  | 'late-evidence'
  | 'same-device'
  | 'advisory-changed'
  | 'clock-corrected'
  | 'row-damaged'
  | 'shown-by-capture';

/** One change of a device's incident. */
export type Change = {
  readonly type:
    | 'IncidentSuspected'
    | 'IncidentConfirmed'
    | 'IncidentSuppressed'
    | 'IncidentRecovering'
    | 'IncidentRegressed'
    | 'IncidentResolved'
    | 'IncidentReopened'
    | 'IncidentWentStale'
    | 'IncidentClosed'
    | 'SeverityRaised'
    | 'IncidentAmended'
    | 'IncidentWithdrawn';
  readonly ordinal: number;
  readonly at: number;
  readonly from: IncidentState | null;
  readonly to: IncidentState;
  readonly severity: Severity;
  readonly reason: ChangeReason;
};

/** Neither resolved nor closed; a stale incident is open. */
export function isOpen(incident: Incident | null): incident is Incident {
  if (incident === null) return false;
  const { state } = incident.phase;
  return state !== 'resolved' && state !== 'closed';
}

/** The current level, or the level before the current phase. */
export function levelOf(phase: Phase): Level {
  return 'from' in phase ? phase.from : phase.state;
}

/** `PREFIX-DEVICE-ORDINAL`. The ordinal stands after the last dash, so that two devices cannot share an id. */
export function incidentId(prefix: string, device: string, ordinal: number): string {
  return `${prefix}-${device}-${ordinal}`;
}

export function parseIncidentId(prefix: string, id: string): { device: string; ordinal: number } | null {
  const [, device, ordinal] =
    /^(.+)-(\d{1,9})$/.exec(id.startsWith(`${prefix}-`) ? id.slice(prefix.length + 1) : '') ?? [];
  return device === undefined ? null : { device, ordinal: Number(ordinal) };
}
