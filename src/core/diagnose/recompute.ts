/** Checks that an incident follows from its evidence: folds the stored lines again and compares the result. */
import type { Advisory } from '../advisory/advisory.ts';
import { type Evidence, signalOf } from '../correlate/evidence.ts';
import { advanceTo, reassess, step } from '../correlate/machine.ts';
import { byNumber } from '../correlate/number-order.ts';
import { stateBefore } from '../correlate/rejudge.ts';
import { inOrder } from '../correlate/timeline.ts';
import type { Device } from '../model/device.ts';
import type { DeviceState } from '../model/device-state.ts';
import { type IncidentRecord, incidentRecord } from './incident-record.ts';

/** The compared keys. `evidence` is not compared: lines in the middle of a storm are counted, but not stored. */
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
  /** The number of messages that the stored lines stand for. */
  readonly kept: number;
  /** The number of messages that the incident counts. */
  readonly counted: number;
};

/**
 * Folds the lines of a device as the service folded them. `lines`: the lines of all incidents of the device, in any
 * order, because a late line may have changed another incident than the one under whose number it is stored. `device`
 * gives what no line says: the inventory, a success before the first line, and the watermark. If the first incidents
 * were deleted, or stayed under a former name, the first line belongs to a later incident.
 */
export function recompute(
  record: IncidentRecord,
  lines: readonly Evidence[],
  device: Pick<Device, 'key' | 'state' | 'watermark'>,
  advisory: Advisory,
): Recomputed {
  const folded = lines.filter(({ foldedAt }) => foldedAt !== null).map(signalOf);
  const signals = byNumber(folded.sort(inOrder));
  const first = lines.reduce((least, row) => Math.min(least, row.ordinal), Number.POSITIVE_INFINITY);
  const missing = Number.isFinite(first) ? first - 1 : 0;
  let state = stateBefore(device.state, signals, missing);
  const states: DeviceState[] = [];
  for (const signal of signals) {
    const next = step(state, signal, advisory);
    states.push(...next.past);
    state = next.state;
  }
  states.push(reassess(advanceTo(state, device.watermark, advisory).state, advisory));
  const recomputed = states
    .map((state) => incidentRecord({ key: device.key, state, heard: null }, advisory))
    .find((candidate) => candidate?.id === record.id);
  const ordinal = Number(record.id.slice(record.id.lastIndexOf('-') + 1));
  const linesOfIncident = lines.filter((row) => row.ordinal === ordinal);
  const kept = linesOfIncident.reduce((sum, { times }) => sum + times, 0);
  return { differences: differencesOf(record, recomputed ?? null), kept, counted: record.evidence };
}

function differencesOf(stored: IncidentRecord, recomputed: IncidentRecord | null): Difference[] {
  if (recomputed === null) return [{ key: 'incident', stored: stored.state, recomputed: 'none' }];
  return COMPARED.flatMap((key) => {
    const [a, b] = [text(stored[key]), text(recomputed[key])];
    return a === b ? [] : [{ key, stored: a, recomputed: b }];
  });
}

function text(value: IncidentRecord[keyof IncidentRecord]): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
