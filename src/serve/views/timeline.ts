import { Type } from 'typebox';
import { timelineKinds } from '../../core/fleet/timeline-kinds.ts';
import { incidentId } from '../../core/model/incident.ts';
import type { RepairEvent, TimelineRow } from '../../store/ports/timeline.ts';
import { evidenceSchema, evidenceView } from './evidence.ts';
import { noteSchema, noteView, transitionSchema, transitionView } from './incident.ts';
import { noticeSchema, noticeView } from './notice.ts';
import { nullable, toDateTime } from './types.ts';

const repairSchema = Type.Object({
  what: Type.Enum(['seen', 'lost', 'checked'], {
    description: 'lost: a restart lost an import that was not saved. checked: a person has shown the trustpool',
  }),
  by: nullable(Type.Enum(['import', 'upgrade', 'check'])),
  saved: nullable(Type.Boolean()),
  newRoot: nullable(Type.Enum(['present', 'absent', 'unknown'])),
});

export const timelineRowSchema = Type.Object({
  at: Type.String({
    format: 'date-time',
    description: 'of messages, changes and repairs the event time; of notes and notices the time of the service',
  }),
  kind: Type.Enum([...timelineKinds]),
  incident: nullable(Type.String(), { description: 'the id; null for a repair, and for a line before any incident' }),
  text: Type.String({ description: 'in one line' }),
  message: nullable(evidenceSchema),
  change: nullable(transitionSchema),
  notice: nullable(noticeSchema),
  note: nullable(noteSchema),
  repair: nullable(repairSchema),
});

/** The columns of the CSV; what else a row has is a JSON cell in no need of a spreadsheet. */
export const timelineColumns = ['at', 'kind', 'incident', 'text'] as const;

const NOTHING = { message: null, change: null, notice: null, note: null, repair: null };

/** A row with exactly one of its parts. `prefix`: of the ids of incidents; `device`: its key. */
export function timelineRowView(row: TimelineRow, device: string, prefix: string) {
  const common = { ...NOTHING, at: toDateTime(row.at), kind: row.kind };
  const of = (ordinal: number) => incidentId(prefix, device, ordinal);
  switch (row.kind) {
    case 'message': {
      const { message } = row;
      return { ...common, incident: of(message.ordinal), text: message.raw, message: evidenceView(message) };
    }
    case 'change': {
      const { from, to, reason, ordinal } = row.change;
      const text = `${from ?? 'nothing'} → ${to} (${reason})`;
      return { ...common, incident: of(ordinal), text, change: transitionView(row.change) };
    }
    case 'notice': {
      const notice = noticeView(row.notice);
      const error = notice.error === null ? '' : `, try ${notice.attempts}: ${notice.error}`;
      return {
        ...common,
        incident: notice.incident,
        text: `${notice.sink}: ${notice.type} ${notice.state}${error}`,
        notice,
      };
    }
    case 'note': {
      const { by, kind, text, ordinal } = row.note;
      return { ...common, incident: of(ordinal), text: `${by}, ${kind}: ${text}`, note: noteView(row.note) };
    }
    case 'repair':
      return { ...common, incident: null, text: repairText(row.repair), repair: repairView(row.repair) };
  }
}

function repairView(event: RepairEvent) {
  const none = { by: null, saved: null, newRoot: null };
  if (event.what === 'seen') return { ...none, what: event.what, by: event.by, saved: event.saved };
  return event.what === 'lost' ? { ...none, what: event.what } : { ...none, what: event.what, newRoot: event.newRoot };
}

function repairText(event: RepairEvent): string {
  if (event.what === 'lost') return 'a restart lost the import, which was not saved';
  if (event.what === 'checked') return `the trustpool was checked: new root ${event.newRoot}`;
  const saved = event.saved === null ? '' : event.saved ? ', saved' : ', not saved';
  return event.by === 'check' ? 'repaired: the new root was found' : `repaired by ${event.by}${saved}`;
}
