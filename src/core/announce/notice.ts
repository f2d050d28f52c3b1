/** Which notices a commit makes. */
import type { Advisory } from '../advisory/advisory.ts';
import type { DeviceChange } from '../correlate/correlated.ts';
import { type IncidentRecord, incidentRecord } from '../diagnose/incident-record.ts';
import { factsOf } from '../judge/facts.ts';
import type { Device } from '../model/device.ts';
import { type ChangeReason, type IncidentState, incidentId, type Severity } from '../model/incident.ts';
import { type Filter, isOver, routingOf } from './filter.ts';

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

/** One change or note, as every sink gets it. Times are milliseconds. */
export type Announcement = {
  readonly type: NoticeType;
  /** The incident; its notices reach a sink one after the other. */
  readonly incident: string;
  readonly device: string;
  readonly plant: string | null;
  /** Event time. */
  readonly at: number;
  readonly from: IncidentState | null;
  readonly to: IncidentState;
  readonly severity: Severity;
  readonly reason: ChangeReason | 'acknowledged-by-operator' | 'noted-by-operator';
  /** What an operator wrote. */
  readonly by: string | null;
  readonly text: string | null;
  /** The incident after it; null where it is no more (its device turned out to be another one). */
  readonly record: IncidentRecord | null;
  readonly pid: string | null;
  readonly serial: string | null;
  readonly release: string | null;
};

/** An announcement and the sinks that get it. */
export type NoticeDraft = { readonly announcement: Announcement; readonly sinks: readonly string[] };

export type Route = {
  readonly sink: string;
  readonly only: Filter;
  /** False where the sink's kind has no message for it. */
  readonly wants: (announcement: Announcement) => boolean;
};

/** What an operator wrote about an incident, as far as notices have it. */
export type Written = {
  readonly device: string;
  readonly ordinal: number;
  readonly at: number;
  readonly by: string;
  readonly kind: 'acknowledged' | 'note' | 'closed' | 'reopened';
  readonly text: string;
};

/** What a commit holds; `devices` and `past` are searched for the incidents that changed. */
export type Committing = {
  readonly changes: readonly DeviceChange[];
  readonly devices: Iterable<Device>;
  readonly past: readonly Device[];
  readonly notes: readonly Written[];
};

/** The notices of one commit, in the order of its changes; those that no sink wants are left out. */
export function announce(committing: Committing, routes: readonly Route[], advisory: Advisory): NoticeDraft[] {
  if (routes.length === 0) return [];
  const held = new Map<string, Device>();
  for (const device of [...committing.devices, ...committing.past]) {
    held.set(incidentId(advisory.prefix, device.key, device.state.ordinal), device);
  }
  const drafts: NoticeDraft[] = [];
  const addDraft = (announcement: Announcement) => {
    const sinks = routes
      .filter(({ only, wants }) => routingOf(announcement, only) === 'routed' && wants(announcement))
      .map(({ sink }) => sink);
    if (sinks.length > 0) drafts.push({ announcement, sinks });
  };
  for (const change of committing.changes) addDraft(ofChange(change, held, committing.notes, advisory));
  for (const note of committing.notes) {
    const announcement = ofNote(note, held, advisory);
    if (announcement !== null) addDraft(announcement);
  }
  return drafts;
}

type Held = ReadonlyMap<string, Device>;

function ofChange(change: DeviceChange, held: Held, notes: readonly Written[], advisory: Advisory): Announcement {
  const { device, ordinal, at, from, to, severity, reason } = change;
  const incident = incidentId(advisory.prefix, device, ordinal);
  const written = reason.endsWith('-by-operator') ? notes.find((note) => note.device === device) : undefined;
  return {
    type: typeOf(from, to),
    incident,
    device,
    at,
    from,
    to,
    severity,
    reason,
    by: written?.by ?? null,
    text: written?.text ?? null,
    ...factsFor(held.get(incident), { state: to, severity }, advisory),
  };
}

/** Closing and reopening are changes, so `ofChange` announces them. */
function ofNote({ device, ordinal, at, by, kind, text }: Written, held: Held, advisory: Advisory): Announcement | null {
  if (kind === 'closed' || kind === 'reopened') return null;
  const incident = incidentId(advisory.prefix, device, ordinal);
  const state = held.get(incident)?.state.incident;
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
    ...factsFor(held.get(incident), { state: to, severity }, advisory),
  };
}

/** Goes by the states before and after, so that a change by late evidence has the right type, too. */
function typeOf(from: IncidentState | null, to: IncidentState): NoticeType {
  if (to === 'resolved') return 'incident.resolved';
  if (to === 'closed') return 'incident.closed';
  if (from === null) return 'incident.opened';
  return isOver(from) ? 'incident.reopened' : 'incident.updated';
}

/** Several changes of one commit share the incident as it is after the last; each says its own state and severity. */
function factsFor(
  device: Device | undefined,
  said: { state: IncidentState; severity: Severity },
  advisory: Advisory,
): Pick<Announcement, 'record' | 'plant' | 'pid' | 'serial' | 'release'> {
  if (device === undefined) return { record: null, plant: null, pid: null, serial: null, release: null };
  const record = incidentRecord(device, advisory);
  const { plant, pid, serial, release } = factsOf(device, advisory);
  return {
    record: record === null ? null : { ...record, ...said },
    plant: plant?.value ?? null,
    pid: pid?.value ?? null,
    serial: serial?.value ?? null,
    release: release?.value ?? null,
  };
}
