import { Type } from 'typebox';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { toIso } from '../../core/model/instant.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

export const evidenceSchema = Type.Object({
  at: dateTime,
  receivedAt: dateTime,
  kind: Type.String(),
  family: nullable(Type.String()),
  cause: nullable(Type.String()),
  weight: Type.Integer(),
  mnemonic: Type.String(),
  raw: Type.String(),
  sender: nullable(Type.String({ description: 'the address that the line came from; null for a file' })),
  transport: nullable(Type.String({ description: 'udp, tcp, tls or file' })),
  senderKnown: Type.Boolean({
    description: 'false: the sender was not known for the device, so that the line proved no recovery',
  }),
  decisive: Type.Boolean({ description: 'whether the line changed the incident' }),
  timeUsed: Type.Enum(['stamp', 'relay', 'receipt', 'archive']),
  stampRejected: nullable(Type.String({ description: 'why the timestamp of the device was not used' })),
  stamp: nullable(dateTime),
  timeQuality: Type.String(),
  relayStamp: nullable(dateTime),
  advisory: Type.String(),
  grammar: Type.String(),
});

export function evidenceView(row: Evidence) {
  return {
    at: toDateTime(row.at),
    receivedAt: toDateTime(row.receivedAt),
    kind: row.kind,
    family: row.family,
    cause: row.cause,
    weight: row.weight,
    mnemonic: row.mnemonic,
    raw: row.raw,
    sender: row.sender,
    transport: row.transport,
    senderKnown: row.senderKnown,
    decisive: row.decisive,
    timeUsed: row.timeUsed,
    stampRejected: row.stampRejected,
    stamp: toIso(row.stamp),
    timeQuality: row.timeQuality,
    relayStamp: toIso(row.relayStamp),
    advisory: row.advisory,
    grammar: row.grammar,
  };
}
