import { Type } from 'typebox';
import { dateTime, nullable } from './types.ts';

export const lossSchema = Type.Object({
  completeness: Type.Union([Type.Number(), Type.Null()], {
    description: 'share of its lines that arrived, in %; null if unknown',
  }),
  received: Type.Union([Type.Integer(), Type.Null()]),
  lost: Type.Union([Type.Integer(), Type.Null()]),
  atMost: Type.Boolean({ description: 'lost is an upper bound' }),
  since: nullable(dateTime),
  basis: Type.Union([Type.Enum(['counter', 'sequence']), Type.Null()]),
  dropped: Type.Integer({ description: 'lines from its address that the service dropped' }),
  lastHeardAt: nullable(dateTime),
  text: Type.String(),
});
