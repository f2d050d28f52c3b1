/** A notice as a CloudEvent 1.0 in JSON. The body also meets Standard Webhooks. */
import type { Advisory } from '../../core/advisory/advisory.ts';
import type { Announcement, NoticeType } from '../../core/announce/notice.ts';
import { fixOf, pageOf } from '../../core/announce/wording.ts';

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
    readonly incident: Announcement['record'];
    readonly incidentId: string;
    readonly device: {
      key: string;
      plant: string | null;
      pid: string | null;
      serial: string | null;
      release: string | null;
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
    readonly fix: string;
  };
};

/** Pure, so the body is the same at every try. */
export function cloudEvent(id: string, announcement: Announcement, publicUrl: string, advisory: Advisory): CloudEvent {
  const { type, incident, device: key, plant, at, pid, serial, release, record } = announcement;
  const { from, to, severity, reason, by, text, disposition } = announcement;
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
      incident: record,
      incidentId: incident,
      device: { key, plant, pid, serial, release },
      change: { from, to, severity, reason, by, text, disposition },
      advisory: { id: advisory.id, version: advisory.version, notice: advisory.notice },
      links: { incident: pageOf(publicUrl, incident), runbook: `${publicUrl}/runbook#quovadistrustfailure` },
      fix: fixOf(advisory),
    },
  };
}
