/** Whether an incident follows from its evidence: the kept lines are folded once more, and the result is compared. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Evidence } from '../correlate/evidence.ts';
import { advanceTo, reassess, step } from '../correlate/machine.ts';
import { inOrder } from '../correlate/timeline.ts';
import type { Device } from '../model/device.ts';
import { type DeviceState, newDeviceState, type SignalEvent } from '../model/device-state.ts';
import { type IncidentRecord, incidentRecord } from './incident-record.ts';

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
 * Folds the lines of a device, those of all its incidents in any order, as they were taken in: a late line may have
 * come to an incident under whose number it was not kept. `device` gives what no line says: the inventory, a success
 * before the first line, and the time that the device has come to. Where the first incidents were forgotten, or stayed
 * under a former name, the first line belongs to a later one.
 */
export function recompute(
  record: IncidentRecord,
  lines: readonly Evidence[],
  device: Pick<Device, 'key' | 'state' | 'watermark'>,
  advisory: Advisory,
): Recomputed {
  const signals = lines
    .filter(({ foldedAt }) => foldedAt !== null)
    .map(eventOf)
    .sort(inOrder);
  const { lastSuccessAt, imported } = device.state;
  const before = lastSuccessAt !== null && lastSuccessAt < (signals[0]?.at ?? 0) ? lastSuccessAt : null;
  const first = lines.reduce((least, row) => Math.min(least, row.ordinal), Number.POSITIVE_INFINITY);
  const forgotten = Number.isFinite(first) ? first - 1 : 0;
  let state: DeviceState = { ...newDeviceState, imported, lastSuccessAt: before, ordinal: forgotten };
  const found: DeviceState[] = [];
  for (const signal of signals) {
    const next = step(state, signal, advisory);
    found.push(...next.past);
    state = next.state;
  }
  found.push(reassess(advanceTo(state, device.watermark, advisory).state, advisory));
  const again = found
    .map((one) => incidentRecord({ key: device.key, state: one }, advisory))
    .find((one) => one?.id === record.id);
  const ordinal = Number(record.id.slice(record.id.lastIndexOf('-') + 1));
  const own = lines.filter((row) => row.ordinal === ordinal);
  const kept = own.reduce((sum, { times }) => sum + times, 0);
  return { differences: differencesOf(record, again ?? null), kept, counted: record.evidence };
}

function eventOf({ foldedAt, kind, family, cause, weight, mnemonic, times, ...row }: Evidence): SignalEvent {
  const { peers, clock, critical, facts } = row;
  const at = foldedAt as number;
  const said = { kind: kind as SignalEvent['kind'], family, cause: cause as SignalEvent['cause'], weight, mnemonic };
  return { at, times, fingerprint: null, counter: null, ...said, peers, clock, critical, facts };
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
