import { Type } from 'typebox';
import { FINDING } from '../../core/judge/ranking.ts';
import { ailments } from '../../core/judge/rules.ts';
import { heardSchema } from './heard.ts';
import { remediationSchema } from './remediation.ts';
import { dateTime, nullable } from './types.ts';

const fact = Type.Union([Type.Object({ value: Type.String(), from: Type.Enum(['inventory', 'learnt']) }), Type.Null()]);

export const explanationSchema = Type.Object({
  device: Type.String(),
  condition: Type.String(),
  advisory: Type.String(),
  at: dateTime,
  score: Type.Integer(),
  families: Type.Array(
    Type.Object({
      name: Type.String(),
      weight: Type.Integer(),
      firstAt: dateTime,
      lastAt: dateTime,
      count: Type.Integer(),
      inWindow: Type.Boolean(),
    }),
  ),
  thresholds: Type.Object({
    suspected: Type.Object({ score: Type.Integer(), families: Type.Integer() }),
    confirmed: Type.Object({ score: Type.Integer() }),
    windowHours: Type.Number(),
  }),
  counterEvidence: Type.Array(Type.Object({ cause: Type.String(), count: Type.Integer(), lastAt: dateTime })),
  diagnosis: nullable(Type.String()),
  clock: Type.Enum(['set', 'unset', 'unknown']),
  lastSuccessAt: nullable(dateTime),
  graceUntil: nullable(dateTime),
  graceUntilAtMost: nullable(dateTime),
  ...heardSchema,
  facts: Type.Object({
    pid: fact,
    release: fact,
    serial: fact,
    plant: fact,
    licensing: fact,
    status: Type.Enum(['affected', 'fixed', 'unknown']),
    because: Type.String(),
    fixedIn: nullable(Type.String()),
  }),
  remediation: remediationSchema,
  hints: Type.Array(Type.String()),
  conclusion: Type.String(),
});

export const hypothesisSchema = Type.Object({
  cause: Type.Enum([...ailments]),
  score: Type.Integer({ description: `points (assumed); ${FINDING} or more are a finding` }),
  for: Type.Array(Type.String()),
  against: Type.Array(Type.String()),
});
