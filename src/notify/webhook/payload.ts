/** A notice as a CloudEvent 1.0 in JSON. The body also meets Standard Webhooks. */
import type { Advisory } from '../../core/advisory/advisory.ts';
import { type Announcement, type NoticeType, toldIn } from '../../core/announce/notice.ts';
import type { Told } from '../../core/announce/told.ts';
import { descriptionOf, fixOf, pageOf, summaryOf, withdrawnText } from '../../core/announce/wording.ts';

export type CloudEvent = {
  readonly specversion: '1.0';
  /** The id of the notice: the same for all tries, restarts and sinks. */
  readonly id: string;
  readonly source: string;
  readonly type: `quovadis.${NoticeType}`;
  /** The id of the incident. */
  readonly subject: string;
  /** Event time; `timestamp` is the same under Standard Webhooks' name. RFC 3339. */
  readonly time: string;
  readonly timestamp: string;
  readonly datacontenttype: 'application/json';
  readonly data: {
    /** One line, and sentences: what is known, for people. */
    readonly summary: string;
    readonly description: string;
    readonly incident: Announcement['record'];
    readonly incidentId: string;
    readonly device: {
      key: string;
      plant: string | null;
      address: string | null;
      pid: string | null;
      serial: string | null;
      release: string | null;
      status: Told['status'];
    };
    readonly change: {
      from: string | null;
      to: string;
      severity: string;
      reason: string;
      by: string | null;
      text: string | null;
      disposition: Announcement['disposition'];
    };
    readonly advisory: { id: string; version: number; notice: string };
    readonly links: { incident: string; runbook: string };
    /** The leading hypothesis in view of the fleet; null where the fleet was not asked. */
    readonly fleetDiagnosis: string | null;
    /** The commands of the repair; null where they cannot help. */
    readonly fix: string | null;
    /** What to check under the leading hypothesis. */
    readonly checks: readonly string[];
  };
};

/** Pure, so the body is the same at every try. */
export function cloudEvent(id: string, announcement: Announcement, publicUrl: string, advisory: Advisory): CloudEvent {
  const { type, incident, device: key, plant, at, pid, serial, release, record } = announcement;
  const { from, to, severity, reason, by, text, disposition } = announcement;
  const told = toldIn(announcement, advisory);
  const time = new Date(at).toISOString();
  return {
    specversion: '1.0',
    id,
    source: publicUrl,
    type: `quovadis.${type}`,
    subject: incident,
    time,
    timestamp: time,
    datacontenttype: 'application/json',
    data: {
      ...(told === null ? withdrawnText(key) : { summary: summaryOf(told), description: descriptionOf(told, at) }),
      incident: record,
      incidentId: incident,
      device: {
        ...{ key, plant, address: told?.address ?? null, pid, serial, release },
        status: told?.status ?? 'unknown',
      },
      change: { from, to, severity, reason, by, text, disposition },
      advisory: { id: advisory.id, version: advisory.version, notice: advisory.notice },
      links: { incident: pageOf(publicUrl, incident), runbook: `${publicUrl}/runbook#quovadistrustfailure` },
      fleetDiagnosis: told?.fleetDiagnosis ?? null,
      fix: told === null ? null : fixOf(told),
      checks: told?.checks ?? [],
    },
  };
}
