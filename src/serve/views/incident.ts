import { type Static, Type } from 'typebox';
import type { Evidence } from '../../core/correlate/evidence.ts';
import { type Disposition, lastDisposition } from '../../core/model/disposition.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { endings, incidentStates, severities } from '../../core/model/incident.ts';
import type { WhereItWent } from '../../operate/gone-incident.ts';
import type { Note } from '../../store/ports/batch.ts';
import type { ListedIncident } from '../../store/ports/incidents.ts';
import type { TransitionRow } from '../../store/ports/queries.ts';
import { evidenceSchema, evidenceView } from './evidence.ts';
import { explanationSchema, hypothesisSchema } from './explanation.ts';
import { lossSchema } from './loss.ts';
import { nextStepSchema } from './next-step.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

export const incidentSchema = Type.Object({
  id: Type.String(),
  device: Type.String(),
  state: Type.Enum([...incidentStates]),
  severity: Type.Enum([...severities]),
  score: Type.Integer(),
  families: Type.Array(Type.String()),
  diagnosis: nullable(Type.Enum([...hypotheses]), {
    description: 'the hypothesis that led last by the messages of the device; null if none has led, or it is ruled out',
  }),
  openedAt: dateTime,
  confirmedAt: nullable(dateTime),
  recoveringAt: nullable(dateTime),
  resolvedAt: nullable(dateTime),
  graceUntil: nullable(dateTime),
  graceUntilAtMost: nullable(dateTime),
  evidence: Type.Integer({ description: 'number of its signals; not all of their lines are stored' }),
  regressions: Type.Integer(),
  healedByItself: Type.Integer({ description: 'how often it worked again without a repair' }),
  endedBy: nullable(Type.Enum([...endings])),
  recoveryVisible: nullable(
    Type.Boolean({ description: 'false: the device sends no line of a level that a recovery has' }),
  ),
});

export const transitionSchema = Type.Object({
  type: Type.String(),
  at: dateTime,
  decidedAt: dateTime,
  from: nullable(Type.String()),
  to: Type.String(),
  severity: Type.String(),
  reason: Type.String(),
});

const dispositionSchema = Type.Object(
  {
    hypothesis: Type.Enum([...hypotheses]),
    text: Type.String(),
    diagnosis: nullable(Type.String(), { description: 'the diagnosis when the disposition was given' }),
    release: nullable(Type.String({ description: 'the release of the device at that moment' })),
  },
  { description: 'what the incident really was, as a person says' },
);

export const noteSchema = Type.Object({
  at: dateTime,
  by: Type.String(),
  kind: Type.Enum(['acknowledged', 'unacknowledged', 'note', 'closed', 'reopened']),
  text: Type.String(),
  disposition: nullable(dispositionSchema),
});

export const listedIncidentSchema = Type.Object({
  ...incidentSchema.properties,
  plant: nullable(Type.String()),
  product: nullable(Type.String()),
  release: nullable(Type.String(), { description: 'plant, product and release: those that it had while it was open' }),
  placeAssumed: Type.Boolean({
    description: 'true: it was over before they were kept, and they are those of its device at a later time',
  }),
  address: nullable(Type.String(), {
    description: 'of the inventory; else the one that the last message came from, which may be a relay',
  }),
  remediation: nullable(
    Type.Object({
      state: Type.Enum(['seen', 'verifying', 'verified']),
      by: Type.Enum(['import', 'upgrade', 'check']),
      seenAt: dateTime,
      verifiedAt: nullable(dateTime),
    }),
    { description: 'the repair that was seen; null if there was none' },
  ),
  changedAt: nullable(dateTime, {
    description: 'by the clock of the service; null while an incident of an older version is brought over',
  }),
  acknowledged: nullable(Type.Object({ at: dateTime, by: Type.String() })),
});

export const wholeIncidentSchema = Type.Intersect([
  listedIncidentSchema,
  Type.Object({
    disposition: nullable(dispositionSchema, { description: 'the last one in the notes; null if there is none' }),
    notes: Type.Array(noteSchema),
    lines: Type.Array(evidenceSchema),
    changes: Type.Array(transitionSchema),
    peer: nullable(Type.String(), {
      description: 'the address that the last line of the device came from, as of the device',
    }),
    loss: nullable(lossSchema, {
      description: 'lost lines of the device since the incident opened; null for a past incident',
    }),
    fleetDiagnosis: nullable(Type.Enum([...hypotheses]), { description: 'as of the device; null for a past incident' }),
    hypotheses: Type.Array(hypothesisSchema, { description: 'of the device; empty for a past incident' }),
    next: nullable(nextStepSchema, { description: 'null for a past incident' }),
    explanation: nullable(explanationSchema),
  }),
]);

const movedIncidentSchema = Type.Object(
  { id: Type.String(), movedTo: Type.String({ description: 'the id of the incident that it is now' }) },
  { description: 'it became another incident: two names turned out to be one device' },
);

const withdrawnIncidentSchema = Type.Object(
  {
    id: Type.String(),
    withdrawn: Type.String({ format: 'date-time', description: 'as `at` of its last change' }),
  },
  { description: 'a late line showed that there was no such incident, or its device was judged anew' },
);

/** An incident, or where it went. */
const incidentOrGone = Type.Union([wholeIncidentSchema, movedIncidentSchema, withdrawnIncidentSchema]);
export const incidentOrGoneSchema = Type.Unsafe<Static<typeof incidentOrGone>>({ oneOf: incidentOrGone.anyOf });

export function goneIncidentView(id: string, where: Exclude<WhereItWent, { deleted: true }>) {
  return 'movedTo' in where ? { id, movedTo: where.movedTo } : { id, withdrawn: toDateTime(where.withdrawn) };
}

/** An incident as lists show it. */
export function listedIncidentView({ repair, changedAt, acknowledged, ...incident }: ListedIncident, now: number) {
  return {
    ...incident,
    families: [...incident.families],
    remediation: remediationView(repair, now),
    changedAt: changedAt === null ? null : toDateTime(changedAt),
    acknowledged: acknowledged === null ? null : { at: toDateTime(acknowledged.at), by: acknowledged.by },
  };
}

/** A repair is verified when it has worked for long enough, by the time of the question. */
function remediationView(repair: ListedIncident['repair'], now: number) {
  if (repair === null) return null;
  const { by, seenAt, verifiedAt } = repair;
  const seen = { by, seenAt: toDateTime(seenAt), verifiedAt: null };
  if (verifiedAt === null) return { ...seen, state: 'seen' as const };
  if (verifiedAt > now) return { ...seen, state: 'verifying' as const };
  return { ...seen, state: 'verified' as const, verifiedAt: toDateTime(verifiedAt) };
}

/** Everything that the store has about one incident. */
type Stored = {
  readonly incident: ListedIncident;
  readonly lines: readonly Evidence[];
  readonly changes: readonly TransitionRow[];
  readonly notes: readonly Note[];
};

/** An incident with its evidence, changes and notes. The caller adds peer, loss and explanation. */
export function storedIncidentView({ incident, lines, changes, notes }: Stored, now: number) {
  return {
    ...listedIncidentView(incident, now),
    disposition: dispositionView(lastDisposition(notes)),
    notes: notes.map(noteView),
    lines: lines.map(evidenceView),
    changes: changes.map(transitionView),
  };
}

export function noteView({ at, by, kind, text, disposition }: Note) {
  return { ...{ at: toDateTime(at), by, kind, text }, disposition: dispositionView(disposition) };
}

export function transitionView({ at, decidedAt, type, from, to, severity, reason }: TransitionRow) {
  return { ...{ type, at: toDateTime(at), decidedAt: toDateTime(decidedAt) }, ...{ from, to, severity, reason } };
}

function dispositionView(disposition: Disposition | null) {
  return disposition === null ? null : { ...disposition };
}
