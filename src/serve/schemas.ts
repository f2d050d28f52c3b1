import { Type } from 'typebox';
import { FINDING } from '../core/judge/ranking.ts';
import { ailments } from '../core/judge/rules.ts';
import { conditions } from '../core/model/device.ts';
import { incidentStates, severities } from '../core/model/incident.ts';
import { limits } from '../core/model/limits.ts';

const iso = Type.String({ format: 'date-time' });
const maybe = <T extends ReturnType<typeof Type.String>>(type: T) => Type.Union([type, Type.Null()]);

export const incidentSchema = Type.Object({
  id: Type.String(),
  device: Type.String(),
  state: Type.Enum([...incidentStates]),
  severity: Type.Enum([...severities]),
  score: Type.Integer(),
  families: Type.Array(Type.String()),
  diagnosis: Type.String(),
  openedAt: iso,
  confirmedAt: maybe(iso),
  recoveringAt: maybe(iso),
  resolvedAt: maybe(iso),
  graceUntil: maybe(iso),
  graceUntilAtMost: maybe(iso),
  evidence: Type.Integer({ description: 'signals that belong to it; not all of their lines are kept' }),
  regressions: Type.Integer(),
});

export const evidenceSchema = Type.Object({
  at: iso,
  receivedAt: iso,
  kind: Type.String(),
  family: maybe(Type.String()),
  cause: maybe(Type.String()),
  weight: Type.Integer(),
  mnemonic: Type.String(),
  raw: Type.String(),
  decisive: Type.Boolean({ description: 'it changed the incident' }),
  timeUsed: Type.Enum(['stamp', 'relay', 'receipt', 'archive']),
  stampRejected: maybe(Type.String({ description: 'why the device stamp does not decide' })),
  stamp: maybe(iso),
  timeQuality: Type.String(),
  relayStamp: maybe(iso),
  advisory: Type.String(),
  grammar: Type.String(),
});

export const transitionSchema = Type.Object({
  type: Type.String(),
  at: iso,
  decidedAt: iso,
  from: maybe(Type.String()),
  to: Type.String(),
  severity: Type.String(),
  reason: Type.String(),
});

const fact = Type.Union([Type.Object({ value: Type.String(), from: Type.Enum(['inventory', 'learnt']) }), Type.Null()]);

const column = Type.Optional(maybe(Type.String({ maxLength: limits.inventoryCell })));

export const remediationSchema = Type.Union([
  Type.Object({
    state: Type.Enum(['seen', 'verifying', 'verified']),
    by: Type.Enum(['import', 'upgrade', 'check']),
    seenAt: iso,
    verifiedAt: maybe(iso),
  }),
  Type.Null(),
]);

export const explanationSchema = Type.Object({
  device: Type.String(),
  condition: Type.String(),
  advisory: Type.String(),
  at: iso,
  score: Type.Integer(),
  families: Type.Array(
    Type.Object({
      name: Type.String(),
      weight: Type.Integer(),
      firstAt: iso,
      lastAt: iso,
      count: Type.Integer(),
      inWindow: Type.Boolean(),
    }),
  ),
  thresholds: Type.Object({
    suspected: Type.Object({ score: Type.Integer(), families: Type.Integer() }),
    confirmed: Type.Object({ score: Type.Integer() }),
    windowHours: Type.Number(),
  }),
  counterEvidence: Type.Array(Type.Object({ cause: Type.String(), count: Type.Integer(), lastAt: iso })),
  diagnosis: maybe(Type.String()),
  clock: Type.Enum(['set', 'unset', 'unknown']),
  lastSuccessAt: maybe(iso),
  graceUntil: maybe(iso),
  graceUntilAtMost: maybe(iso),
  facts: Type.Object({
    pid: fact,
    release: fact,
    serial: fact,
    plant: fact,
    licensing: fact,
    status: Type.Enum(['affected', 'fixed', 'unknown']),
    because: Type.String(),
    fixedIn: maybe(Type.String()),
  }),
  remediation: remediationSchema,
  hints: Type.Array(Type.String()),
  conclusion: Type.String(),
});

export const hypothesisSchema = Type.Object({
  cause: Type.Enum([...ailments]),
  score: Type.Integer({ description: `the points are assumed; from ${FINDING} on it is a finding` }),
  for: Type.Array(Type.String()),
  against: Type.Array(Type.String()),
});

export const inventorySchema = Type.Object(
  {
    hostname: column,
    address: column,
    serial: column,
    pid: column,
    release: column,
    plant: column,
    licensing: Type.Optional(maybe(Type.String({ description: 'online, PLR or SLR' }))),
  },
  { additionalProperties: false },
);

export const trustpoolSchema = Type.Object({
  at: iso,
  newRoot: Type.Enum(['present', 'absent', 'unknown']),
  oldRoot: Type.Enum(['present', 'absent', 'unknown']),
  certificates: Type.Integer(),
  complete: Type.Boolean(),
});

export const noteSchema = Type.Object({
  at: iso,
  by: Type.String(),
  kind: Type.Enum(['acknowledged', 'note', 'closed', 'reopened']),
  text: Type.String(),
});

export const deviceSchema = Type.Object({
  key: Type.String(),
  condition: Type.Enum([...conditions]),
  diagnosis: maybe(Type.String()),
  peer: maybe(Type.String()),
  pid: maybe(Type.String()),
  serial: maybe(Type.String()),
  timeQuality: Type.String(),
  firstSeenAt: maybe(iso),
  lastSeenAt: maybe(iso),
  lastSuccessAt: maybe(iso),
  graceUntil: maybe(iso),
  graceUntilAtMost: maybe(iso),
  messages: Type.Integer(),
  plant: maybe(Type.String()),
  release: maybe(Type.String()),
  status: Type.Enum(['affected', 'fixed', 'unknown'], { description: 'of the release, by the tables of the advisory' }),
  inventory: Type.Union([inventorySchema, Type.Null()]),
  trustpool: Type.Union([trustpoolSchema, Type.Null()]),
  remediation: remediationSchema,
  incident: maybe(Type.String()),
});

export const lossSchema = Type.Object({
  completeness: Type.Union([Type.Number(), Type.Null()], {
    description: 'of its lines so many came, in %; null where their numbers tell nothing',
  }),
  received: Type.Union([Type.Integer(), Type.Null()]),
  lost: Type.Union([Type.Integer(), Type.Null()]),
  atMost: Type.Boolean({ description: 'lost is an upper bound' }),
  since: maybe(iso),
  basis: Type.Union([Type.Enum(['counter', 'sequence']), Type.Null()]),
  dropped: Type.Integer({ description: 'lines from its address that were dropped here' }),
  lastHeardAt: maybe(iso),
  text: Type.String(),
});

export const affectedSchema = Type.Object({
  product: Type.String(),
  release: Type.String(),
  status: Type.Enum(['affected', 'fixed', 'unknown']),
  family: maybe(Type.String()),
  source: maybe(Type.String({ description: 'the field notice' })),
  because: Type.String(),
  fixedIn: maybe(Type.String()),
});

const root = { name: Type.String(), serial: Type.String() };

export const advisorySummarySchema = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  notice: Type.String(),
  revisions: Type.Array(Type.Object({ revision: Type.String(), date: Type.String() })),
  products: Type.Array(
    Type.Object({
      family: Type.String(),
      source: Type.String(),
      releases: Type.Array(Type.String()),
      ranges: Type.Array(Type.Object({ from: Type.String(), to: Type.String() })),
      fixed: Type.Array(Type.String()),
    }),
  ),
  servers: Type.Array(Type.Object({ host: Type.String(), expires: Type.String() })),
  services: Type.Array(Type.Object({ name: Type.String(), symptom: Type.String() })),
  exempt: Type.Array(Type.String()),
  remediation: Type.Object({
    upgrade: Type.String(),
    workarounds: Type.Array(
      Type.Object({ title: Type.String(), commands: Type.Array(Type.String()), choose: Type.Enum(['one', 'all']) }),
    ),
    script: Type.Array(Type.String()),
    verify: Type.String(),
    oldRoot: Type.Object(root),
    newRoot: Type.Object({ ...root, pem: Type.String() }),
  }),
});

export const paging = {
  cursor: Type.Optional(Type.String({ maxLength: 2048, description: 'next of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageRows, default: 100 })),
};

export const problemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
});
