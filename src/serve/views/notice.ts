import { Type } from 'typebox';
import { noticeTypes } from '../../core/announce/notice.ts';
import { toIso } from '../../core/model/instant.ts';
import type { NoticeRow } from '../../store/ports/outbox.ts';
import { nullable, toDateTime } from './types.ts';

export const noticeSchema = Type.Object({
  id: Type.String({ description: 'the same for all sinks, tries and restarts' }),
  sink: Type.String(),
  state: Type.Enum(['pending', 'dead']),
  type: Type.Enum([...noticeTypes]),
  incident: Type.String(),
  device: Type.String(),
  reason: Type.String(),
  createdAt: Type.String(),
  attempts: Type.Integer(),
  nextAt: nullable(Type.String(), {
    description: 'null while an earlier notice of the incident is pending, and for dead letters',
  }),
  error: nullable(Type.String()),
});

export function noticeView({ id, sink, state, announcement, createdAt, attempts, nextAt, error }: NoticeRow) {
  const { type, incident, device, reason } = announcement;
  const times = { createdAt: toDateTime(createdAt), nextAt: toIso(nextAt) };
  return { id, sink, state, type, incident, device, reason, attempts, error, ...times };
}
