import { Type } from 'typebox';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { manners, serverKinds } from '../../core/model/message.ts';
import { capturedFactSchema } from './capture.ts';
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
  counterEvidence: Type.Array(
    Type.Object({
      mnemonic: Type.String(),
      manner: Type.Enum([...manners]),
      serverKind: Type.Enum([...serverKinds]),
      count: Type.Integer(),
      lastAt: dateTime,
    }),
  ),
  diagnosis: nullable(Type.Enum([...hypotheses])),
  cap: nullable(Type.Enum(['of-several', 'fixed-release', 'clock-wrong', 'heals-by-itself', 'other-diagnosis'])),
  clock: Type.Enum(['set', 'unset', 'off', 'unknown']),
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
  captured: Type.Array(capturedFactSchema, { description: 'what captures showed of the device' }),
  remediation: remediationSchema,
  hints: Type.Array(Type.String()),
  conclusion: Type.String({ description: 'the verdict in one sentence' }),
  wouldChange: Type.Array(Type.String()),
  next: Type.Object({
    upgradeTo: nullable(Type.String()),
    commands: Type.Array(Type.String()),
    checks: Type.Array(Type.Object({ check: Type.String(), commands: Type.Array(Type.String()) })),
  }),
  ended: nullable(Type.String()),
});

export const hypothesisSchema = Type.Object({
  cause: Type.Enum([...hypotheses]),
  score: Type.Integer({ description: 'points (assumed by the advisory); the first one leads if it has 3 or more' }),
  for: Type.Array(Type.String()),
  against: Type.Array(Type.String()),
});
