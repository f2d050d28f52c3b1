import { Type } from 'typebox';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { Unparsed } from '../../store/ports/batch.ts';
import type { UnparsedGroup } from '../../store/ports/queries.ts';
import { evidenceSchema, evidenceView } from './evidence.ts';
import { nullable, toDateTime } from './types.ts';

export const messageSchema = Type.Object({ device: Type.String(), ...evidenceSchema.properties });

export function messageView(row: Evidence & { readonly device: string }) {
  return { device: row.device, ...evidenceView(row) };
}

export const unparsedLineSchema = Type.Object({
  receivedAt: Type.String(),
  device: nullable(Type.String()),
  facility: Type.String(),
  mnemonic: Type.String(),
  why: Type.String(),
  raw: Type.String(),
});

export function unparsedLineView(row: Unparsed) {
  return { ...row, receivedAt: toDateTime(row.receivedAt) };
}

export const unparsedGroupSchema = Type.Object({
  facility: Type.String(),
  mnemonic: Type.String(),
  why: Type.String({ description: 'unknown-mnemonic, unknown-body or ambiguous' }),
  count: Type.Integer({ description: 'lines' }),
  devices: Type.Integer({ description: 'that sent them; lines that name no device are of none' }),
  lastAt: Type.String({ description: 'when the last one was received' }),
  raw: Type.String({ description: 'the last line' }),
});

export function unparsedGroupView({ lastAt, ...group }: UnparsedGroup) {
  return { ...group, lastAt: toDateTime(lastAt) };
}
