import { Type } from 'typebox';
import { noticeTypes } from '../../core/announce/notice.ts';
import { toIso } from '../../core/model/instant.ts';
import type { DeliveredNotice, NoticeRow } from '../../store/ports/outbox.ts';
import { nullable, toDateTime } from './types.ts';

export const noticeSchema = Type.Object({
  id: Type.String({ description: 'the same for all sinks, tries and restarts' }),
  sink: Type.String(),
  state: Type.Enum(['pending', 'dead', 'delivered']),
  type: Type.Enum([...noticeTypes]),
  incident: Type.String(),
  device: Type.String(),
  reason: Type.String(),
  createdAt: Type.String(),
  attempts: Type.Integer(),
  nextAt: nullable(Type.String(), {
    description: 'null while an earlier notice of the incident is pending, and for dead letters',
  }),
  error: nullable(Type.String({ description: 'why the last try failed; null for one that succeeded' })),
  deliveredAt: nullable(Type.String()),
});

export function noticeView(row: NoticeRow | DeliveredNotice) {
  const { id, sink, announcement, createdAt, attempts } = row;
  const { type, incident, device, reason } = announcement;
  const common = { id, sink, type, incident, device, reason, attempts, createdAt: toDateTime(createdAt) };
  if ('deliveredAt' in row) {
    return {
      ...common,
      state: 'delivered' as const,
      nextAt: null,
      error: null,
      deliveredAt: toDateTime(row.deliveredAt),
    };
  }
  const { state, nextAt, error } = row;
  return { ...common, state, nextAt: toIso(nextAt), error, deliveredAt: null };
}
