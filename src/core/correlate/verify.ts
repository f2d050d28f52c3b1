/** Whether an incident follows from its evidence: the kept lines are folded once more, and the result is compared. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Device } from '../device.ts';
import { type IncidentRecord, incidentRecord } from '../incident-record.ts';
import type { Evidence } from './correlate.ts';
import { newCourse, type Observed } from './course.ts';
import { pass, review, step } from './machine.ts';
import { inOrder } from './timeline.ts';

/** What is compared, and what cannot be: lines in the middle of a storm are counted, not kept. */
const COMPARED = [
  'state',
  'severity',
  'score',
  'families',
  'openedAt',
  'confirmedAt',
  'recoveringAt',
  'resolvedAt',
  'regressions',
] as const satisfies readonly (keyof IncidentRecord)[];

export type Difference = { readonly key: string; readonly stored: string; readonly recomputed: string };

export type Recomputed = {
  readonly differences: readonly Difference[];
  /** Messages that the kept lines stand for, of those that the incident counts. */
  readonly kept: number;
  readonly counted: number;
};

/**
 * Folds the lines of one incident, in any order, as they were taken in. `device` gives what no line says: the inventory,
 * and the last success before the first line, on which the grace period rests. A device's last incident is followed to
 * the time that the device has come to; one before it, to its end.
 */
export function recompute(
  record: IncidentRecord,
  lines: readonly Evidence[],
  device: Pick<Device, 'key' | 'course' | 'passedTo'>,
  advisory: Advisory,
): Recomputed {
  const ordinal = Number(record.id.slice(record.id.lastIndexOf('-') + 1));
  const signals = lines
    .filter(({ foldedAt }) => foldedAt !== null)
    .map(observedOf)
    .sort(inOrder);
  const first = signals[0]?.at ?? 0;
  const { lastSuccessAt, imported } = device.course;
  const before = lastSuccessAt !== null && lastSuccessAt < first ? lastSuccessAt : null;
  const start = { ...newCourse, imported, lastSuccessAt: before, ordinal: ordinal - 1 };
  const folded = signals.reduce((course, signal) => step(course, signal, advisory).course, start);
  const last = device.course.ordinal === ordinal;
  const until = last ? device.passedTo : endOf(record, folded.incident?.lastEvidenceAt ?? first);
  const course = review(pass(folded, until, advisory).course, advisory);
  const again = incidentRecord({ key: device.key, course }, advisory);
  const kept = lines.reduce((sum, { times }) => sum + times, 0);
  return { differences: differencesOf(record, again), kept, counted: record.evidence };
}

function observedOf({ foldedAt, kind, family, cause, weight, mnemonic, times, ...row }: Evidence): Observed {
  const { peers, clock, critical, tells } = row;
  const at = foldedAt as number;
  const said = { kind: kind as Observed['kind'], family, cause: cause as Observed['cause'], weight, mnemonic };
  return { at, times, fingerprint: null, counter: null, ...said, peers, clock, critical, tells };
}

/** An incident that is past has come to its resolution, or to where it stands. */
function endOf({ resolvedAt }: IncidentRecord, lastAt: number): number {
  return resolvedAt === null ? lastAt : Math.max(lastAt, Date.parse(resolvedAt));
}

function differencesOf(stored: IncidentRecord, again: IncidentRecord | null): Difference[] {
  if (again === null) return [{ key: 'incident', stored: stored.state, recomputed: 'none' }];
  return COMPARED.flatMap((key) => {
    const [a, b] = [text(stored[key]), text(again[key])];
    return a === b ? [] : [{ key, stored: a, recomputed: b }];
  });
}

function text(value: IncidentRecord[keyof IncidentRecord]): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
