import { Type } from 'typebox';
import { droppedOf, type SenderLoss } from '../../core/loss/sender-loss.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

const count = Type.Integer();

export const senderLossSchema = Type.Object({
  address: Type.String(),
  received: Type.Integer({ description: 'lines that arrived' }),
  lost: nullable(Type.Integer(), {
    description: 'lines that are missing by the numbers in its lines; null if unknown',
  }),
  dropped: Type.Integer({ description: 'lines, or connections, that the service has dropped' }),
  reasons: Type.Object(
    { queue_full: count, oversize: count, denied: count, rate_limited: count },
    { description: 'what was dropped, by reason' },
  ),
  lastHeardAt: dateTime,
});

export function senderLossView({ peer, received, lost, drops, lastSeenAt }: SenderLoss) {
  return {
    address: peer,
    received,
    lost,
    dropped: droppedOf(drops),
    reasons: { ...drops },
    lastHeardAt: toDateTime(lastSeenAt),
  };
}
