import { Type } from 'typebox';
import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import { timelineKinds } from '../../core/fleet/timeline-kinds.ts';
import { incidentId } from '../../core/model/incident.ts';
import { columns } from '../../core/model/inventory.ts';
import type { LineGap, RepairEvent, TimelineRow } from '../../store/ports/timeline.ts';
import { evidenceSchema, evidenceView } from './evidence.ts';
import { noteSchema, noteView, transitionSchema, transitionView } from './incident.ts';
import { noticeSchema, noticeView } from './notice.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

const repairSchema = Type.Object({
  what: Type.Enum(['seen', 'lost', 'checked'], {
    description: 'lost: a restart lost an import that was not saved. checked: a person has shown the trustpool',
  }),
  by: nullable(Type.Enum(['import', 'upgrade', 'check'])),
  saved: nullable(Type.Boolean()),
  newRoot: nullable(Type.Enum(['present', 'absent', 'unknown'])),
});

const gapSchema = Type.Object({
  from: Type.String({ ...dateTime, description: 'when the last line before them was received' }),
  to: Type.String({ ...dateTime, description: 'when the first line after them was received' }),
  lost: Type.Integer({ minimum: 1, description: 'lines that are missing by the numbers in the others' }),
  atMost: Type.Boolean({ description: 'lost is an upper bound' }),
});

const inventorySchema = Type.Object({
  changed: Type.Array(
    Type.Object({ column: Type.Enum([...columns]), from: nullable(Type.String()), to: nullable(Type.String()) }),
  ),
});

export const timelineRowSchema = Type.Object({
  at: Type.String({
    format: 'date-time',
    description:
      'of messages, changes and repairs the event time; of the others the time of the service; of a gap its end',
  }),
  kind: Type.Enum([...timelineKinds]),
  incident: nullable(Type.String(), {
    description: 'the id; null for a repair, a gap, the inventory, and for a line before any incident',
  }),
  text: Type.String({ description: 'in one line' }),
  message: nullable(evidenceSchema),
  change: nullable(transitionSchema),
  notice: nullable(noticeSchema),
  note: nullable(noteSchema),
  repair: nullable(repairSchema),
  gap: nullable(gapSchema),
  inventory: nullable(inventorySchema),
});

/** The columns of the CSV; what else a row has is a JSON cell in no need of a spreadsheet. */
export const timelineColumns = ['at', 'kind', 'incident', 'text'] as const;

const NOTHING = { message: null, change: null, notice: null, note: null, repair: null, gap: null, inventory: null };

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
    case 'gap': {
      const { from, to, ...gap } = row.gap;
      return {
        ...common,
        incident: null,
        text: gapText(row.gap),
        gap: { from: toDateTime(from), to: toDateTime(to), ...gap },
      };
    }
    case 'inventory': {
      const { changed } = row.inventory;
      return { ...common, incident: null, text: inventoryText(changed), inventory: { changed: [...changed] } };
    }
  }
}

function gapText({ lost, atMost }: LineGap): string {
  return `${atMost ? 'at most ' : ''}${lost} ${lost === 1 ? 'line is' : 'lines are'} missing`;
}

function inventoryText(changed: InventoryChange['changed']): string {
  return changed.map(({ column, from, to }) => `${column}: ${from ?? 'nothing'} → ${to ?? 'nothing'}`).join(', ');
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
