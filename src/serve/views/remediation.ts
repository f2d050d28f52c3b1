import { Type } from 'typebox';
import { dateTime, nullable } from './types.ts';

export const remediationSchema = Type.Union([
  Type.Object({
    state: Type.Enum(['seen', 'verifying', 'verified']),
    by: Type.Enum(['import', 'upgrade', 'check']),
    seenAt: dateTime,
    verifiedAt: nullable(dateTime),
  }),
  Type.Null(),
]);
