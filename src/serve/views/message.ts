import { Type } from 'typebox';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { Unparsed } from '../../store/ports/batch.ts';
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
