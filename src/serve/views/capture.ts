/** What was taken of captures, and what was not. */
import { Type } from 'typebox';
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
});

export const captureTakenSchema = Type.Object({
  device: Type.String(),
  takenAt: nullable(dateTime, { description: 'null: nothing says when it was taken, so that it decides nothing' }),
  takenFrom: nullable(Type.Enum(['given', 'shown', 'latest']), {
    description: 'given by you; shown by the clock of the device; latest: not before the latest time in the capture',
  }),
  read: Type.Array(Type.String({ description: 'the commands whose output was read' })),
  changed: Type.Array(Type.String({ description: 'the facts that are new or have another value' })),
  unusedTimes: Type.Array(
    Type.String({ description: 'a time without a zone, of a clock that was not set, or later than the capture' }),
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

export function captureTakenView({ device, evidence, capture, changed }: CaptureTaken) {
  return {
    device,
    takenAt: evidence.at === null ? null : toDateTime(evidence.at),
    takenFrom: evidence.from,
    read: [...new Set(capture.sections.map(({ kind, command }) => command ?? kind))],
    changed: [...changed],
    unusedTimes: [...evidence.unused],
    notUnderstood: capture.notUnderstood.map((each) => ({ ...each })),
    notUnderstoodLines: capture.notUnderstoodLines,
  };
}
