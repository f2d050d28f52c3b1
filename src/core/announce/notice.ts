/** Which notices follow from a commit. */
import type { Advisory } from '../advisory/advisory.ts';
import { statusOf } from '../advisory/exposure.ts';
import type { DeviceChange } from '../correlate/correlated.ts';
import { type IncidentRecord, incidentRecord } from '../diagnose/incident-record.ts';
import { factsOf } from '../judge/facts.ts';
import type { Device } from '../model/device.ts';
import type { Disposition } from '../model/disposition.ts';
import { type ChangeReason, type IncidentState, incidentId, type Severity } from '../model/incident.ts';
import { type Filter, isOver, routingOf } from './filter.ts';
import { type StoredTold, type Told, toldOf, withLater } from './told.ts';

export const noticeTypes = [
  'incident.opened',
  'incident.updated',
  'incident.reopened',
  'incident.resolved',
  'incident.closed',
  'incident.acknowledged',
  'incident.noted',
] as const;
export type NoticeType = (typeof noticeTypes)[number];

/** One change or operator's note, as every sink gets it. Times are milliseconds. */
export type Announcement = {
  readonly type: NoticeType;
  /** The id of the incident. A sink gets the notices of one incident one after the other. */
  readonly incident: string;
  readonly device: string;
  readonly plant: string | null;
  /** The event time. */
  readonly at: number;
  readonly from: IncidentState | null;
  readonly to: IncidentState;
  readonly severity: Severity;
  readonly reason: ChangeReason | 'acknowledged-by-operator' | 'noted-by-operator';
  /** The operator, and the operator's text; null for a change without an operator. */
  readonly by: string | null;
  readonly text: string | null;
  /** What the incident really was, if the operator said so. */
  readonly disposition: Disposition | null;
  /** The incident after the change; null if the incident was withdrawn (its device turned out to be another one). */
  readonly record: IncidentRecord | null;
  /** The same in view of texts; null without a record, absent in notices that older versions stored. */
  readonly told?: StoredTold | null;
  readonly pid: string | null;
  readonly serial: string | null;
  readonly release: string | null;
};

/** An announcement and the sinks that get it. */
export type NoticeDraft = { readonly announcement: Announcement; readonly sinks: readonly string[] };

export type Route = {
  readonly sink: string;
  readonly only: Filter;
  /** False if the sink's kind has no message for the announcement. */
  readonly wants: (announcement: Announcement) => boolean;
};

/** An operator's action on an incident, with the text that the operator wrote. */
export type OperatorNote = {
  readonly device: string;
  readonly ordinal: number;
  readonly at: number;
  readonly by: string;
  /** `unacknowledged`: the acknowledgement was taken back. */
  readonly kind: 'acknowledged' | 'unacknowledged' | 'note' | 'closed' | 'reopened';
  readonly text: string;
  /** What the incident really was; null if the operator did not say so. */
  readonly disposition: Disposition | null;
};

/** The contents of a commit; `devices` and `past` are searched for the incidents that changed. */
export type CommitContents = {
  readonly changes: readonly DeviceChange[];
  readonly devices: Iterable<Device>;
  readonly past: readonly Device[];
  readonly notes: readonly OperatorNote[];
};

/** What texts say of an announcement; null if its incident was withdrawn. */
export function toldIn({ told, record, plant, pid, release }: Announcement, advisory: Advisory): Told | null {
  if (told != null) return withLater(told, advisory);
  if (told === null || record === null) return null;
  const exposure = statusOf(pid, release, advisory.products);
  const status = { status: exposure?.status ?? 'unknown', fixedIn: exposure?.fixedIn ?? null } as const;
  return { ...toldOf(null, record, plant, advisory), product: pid, release, ...status };
}

/** The notices of one commit, in the order of its changes, without the notices that no sink wants. */
export function announce(contents: CommitContents, routes: readonly Route[], advisory: Advisory): NoticeDraft[] {
  if (routes.length === 0) return [];
  const byIncident = new Map<string, Device>();
  for (const device of [...contents.devices, ...contents.past]) {
    byIncident.set(incidentId(advisory.prefix, device.key, device.state.ordinal), device);
  }
  const drafts: NoticeDraft[] = [];
  const addDraft = (announcement: Announcement) => {
    const sinks = routes
      .filter(({ only, wants }) => routingOf(announcement, only) === 'routed' && wants(announcement))
      .map(({ sink }) => sink);
    if (sinks.length > 0) drafts.push({ announcement, sinks });
  };
  for (const change of contents.changes) addDraft(ofChange(change, byIncident, contents.notes, advisory));
  for (const note of contents.notes) {
    const announcement = ofNote(note, byIncident, advisory);
    if (announcement !== null) addDraft(announcement);
  }
  return drafts;
}

type DevicesByIncident = ReadonlyMap<string, Device>;

function ofChange(
  change: DeviceChange,
  byIncident: DevicesByIncident,
  notes: readonly OperatorNote[],
  advisory: Advisory,
): Announcement {
  const { device, ordinal, at, from, to, severity, reason } = change;
  const incident = incidentId(advisory.prefix, device, ordinal);
  const note = reason.endsWith('-by-operator') ? notes.find((candidate) => candidate.device === device) : undefined;
  return {
    type: typeOf(from, to),
    incident,
    device,
    at,
    from,
    to,
    severity,
    reason,
    by: note?.by ?? null,
    text: note?.text ?? null,
    disposition: note?.disposition ?? null,
    ...factsFor(byIncident.get(incident), { state: to, severity }, advisory),
  };
}

/** Closing and reopening are changes, so `ofChange` announces them. */
function ofNote(
  { device, ordinal, at, by, kind, text, disposition }: OperatorNote,
  byIncident: DevicesByIncident,
  advisory: Advisory,
): Announcement | null {
  if (kind === 'closed' || kind === 'reopened') return null;
  const incident = incidentId(advisory.prefix, device, ordinal);
  const state = byIncident.get(incident)?.state.incident;
  if (state === undefined || state === null) return null;
  const [to, severity] = [state.phase.state, state.severity];
  const acknowledged = kind === 'acknowledged';
  return {
    type: acknowledged ? 'incident.acknowledged' : 'incident.noted',
    incident,
    device,
    at,
    from: to,
    to,
    severity,
    reason: acknowledged ? 'acknowledged-by-operator' : 'noted-by-operator',
    by,
    text,
    disposition,
    ...factsFor(byIncident.get(incident), { state: to, severity }, advisory),
  };
}

/** Decided by the states before and after, so that a change by late evidence gets the right type as well. */
function typeOf(from: IncidentState | null, to: IncidentState): NoticeType {
  if (to === 'resolved') return 'incident.resolved';
  if (to === 'closed') return 'incident.closed';
  if (from === null) return 'incident.opened';
  return isOver(from) ? 'incident.reopened' : 'incident.updated';
}

/**
 * `device` is the state after the last change of the commit. `shown`: the state and the severity after one change; they
 * replace those of the record.
 */
function factsFor(
  device: Device | undefined,
  shown: { state: IncidentState; severity: Severity },
  advisory: Advisory,
): Pick<Announcement, 'record' | 'told' | 'plant' | 'pid' | 'serial' | 'release'> {
  if (device === undefined) return { record: null, told: null, plant: null, pid: null, serial: null, release: null };
  const latest = incidentRecord(device, advisory);
  const record = latest === null ? null : { ...latest, ...shown };
  const { plant, pid, serial, release } = factsOf(device, advisory);
  return {
    record,
    told: record === null ? null : toldOf(device, record, plant?.value ?? null, advisory),
    plant: plant?.value ?? null,
    pid: pid?.value ?? null,
    serial: serial?.value ?? null,
    release: release?.value ?? null,
  };
}
