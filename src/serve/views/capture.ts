/** What was taken of captures, and what was not. */
import { Type } from 'typebox';
import type { Advisory } from '../../core/advisory/advisory.ts';
import { unusedReasons } from '../../core/capture/evidence.ts';
import { nextStep, type TrustpoolReading } from '../../core/capture/trustpool.ts';
import type { CapturedFact } from '../../core/model/captured.ts';
import type { CaptureTaken } from '../../operate/captures.ts';
import { outcomeSchema } from './outcome.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

/** A fact that a device keeps of its captures. */
export const capturedFactSchema = Type.Object({
  what: Type.String({ description: 'release, transport, last success of authorization' }),
  value: Type.String(),
  at: nullable(dateTime, { description: 'when the device showed it; null: nothing says when' }),
  line: Type.Integer({ description: 'of the capture, from 1' }),
  text: Type.String({ description: 'the line that states it' }),
  assumed: Type.Boolean({ description: 'no public output shows this form of the line: it is read as its words say' }),
});

export function capturedFactView({ at, assumed, ...fact }: CapturedFact) {
  return { ...fact, at: at === null ? null : toDateTime(at), assumed: assumed === true };
}

const presence = Type.Enum(['present', 'absent', 'unknown']);

const unusedReason = Type.Enum([...unusedReasons]);

export const captureTakenSchema = Type.Object({
  device: Type.String(),
  takenAt: nullable(dateTime, { description: 'null: nothing says when it was taken, so that it decides nothing' }),
  takenFrom: nullable(Type.Enum(['given', 'shown', 'latest']), {
    description: 'given by you; shown by the clock of the device; latest: not before the latest time in the capture',
  }),
  read: Type.Array(Type.String({ description: 'the commands whose output was read' })),
  facts: Type.Array(capturedFactSchema, { description: 'what the capture states of the device' }),
  changed: Type.Array(
    Type.String({ description: 'the facts that are new or have another value, then how much has decided: 2 failures' }),
  ),
  trustpool: nullable(
    Type.Object({
      ...{ newRoot: presence, oldRoot: presence },
      certificates: Type.Integer(),
      complete: Type.Boolean({ description: 'whether the text shows that it is the whole output' }),
      next: Type.String({ description: 'what to do next' }),
    }),
    { description: 'null: the capture shows no trustpool' },
  ),
  lines: Type.Integer({ description: 'messages of the log that are shown, and fold as lines of their time' }),
  unusedLines: Type.Array(Type.Object({ why: unusedReason, count: Type.Integer() }), {
    description: 'further ones that are not used',
  }),
  unusedTimes: Type.Array(
    Type.Object({ text: Type.String({ description: 'as the device shows it' }), why: unusedReason }),
  ),
  notUnderstood: Type.Array(Type.Object({ line: Type.Integer(), text: Type.String(), why: Type.String() })),
  notUnderstoodLines: Type.Integer({ description: 'all of them' }),
});

export const capturesTakenSchema = Type.Object({
  taken: Type.Array(captureTakenSchema),
  refused: Type.Array(Type.Object({ line: Type.Integer(), text: Type.String() }), {
    description: 'parts of which nothing was taken, and why',
  }),
  ...outcomeSchema.properties,
});

export function captureTakenView(
  { device, evidence, capture, changed }: CaptureTaken,
  advisory: Pick<Advisory, 'remediation'>,
) {
  const { at, kept, unused, trustpool } = evidence;
  return {
    device,
    takenAt: at === null ? null : toDateTime(at),
    takenFrom: evidence.from,
    read: [...new Set(capture.sections.map(({ kind, command }) => command ?? kind))],
    facts: kept.map((fact) => capturedFactView(fact)),
    changed: [...changed],
    trustpool: trustpool === null ? null : trustpoolView(trustpool.reading, advisory),
    lines: evidence.lines.length,
    unusedLines: evidence.unusedLines.map((each) => ({ ...each })),
    unusedTimes: unused.map((each) => ({ ...each })),
    notUnderstood: capture.notUnderstood.map((each) => ({ ...each })),
    notUnderstoodLines: capture.notUnderstoodLines,
  };
}

function trustpoolView(reading: TrustpoolReading, advisory: Pick<Advisory, 'remediation'>) {
  const { newRoot, oldRoot, certificates, complete } = reading;
  return { newRoot, oldRoot, certificates: certificates.length, complete, next: nextStep(reading, advisory) };
}
