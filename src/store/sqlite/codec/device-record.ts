/**
 * A device as JSON. Of its recent signals only the last ones are in it; the others are rows of the table `tail`. Older
 * files have all of them in the record.
 */

import type { KnownDevice } from '../../../core/announce/told.ts';
import type { Device } from '../../../core/model/device.ts';
import { noSenders } from '../../../core/model/device-sender.ts';
import { type DeviceState, newDeviceState, type SignalEvent } from '../../../core/model/device-state.ts';
import type { Blocks, TailChange } from './tail-blocks.ts';
import { type Block, packSignals, unpackSignals } from './tail-record.ts';

/** `blocks`: the records of the rows of its tail, joined by commas; null if there are none. */
export type DeviceRow = { readonly record: string; readonly blocks: string | null };

/** The keys of the file stay those of its first version: `settled`, `settledTo`, `course` and `passedTo`. */
type Packed = Omit<Device, 'recent' | 'snapshot' | 'snapshotAt' | 'state' | 'watermark'> & {
  readonly settled: Partial<DeviceState>;
  readonly settledTo: number;
  readonly course: Partial<DeviceState>;
  readonly passedTo: number;
} & Partial<NewTail> &
  Partial<OldTail>;
/** `settledSignals`: how many signals of the first row are part of the snapshot already. */
type NewTail = { readonly settledSignals: number; readonly recent: Block };
type OldTail = {
  readonly shapes: readonly (Omit<SignalEvent, 'at' | 'fingerprint' | 'counter' | 'facts'> & {
    readonly tells?: SignalEvent['facts'];
  })[];
  readonly tail: readonly [shape: number, at: number, fingerprint?: number | null, counter?: number | null][];
};

/** Cache of the JSON of snapshots, which rarely change. */
const packedSnapshots = new WeakMap<DeviceState, string>();

/** The record of a device. `recent`: the signals that it has; `blocks`: the rows that have the others. */
export function packDevice(
  { recent: _, snapshot, snapshotAt, state, watermark, ...device }: Device,
  { recent, blocks }: Pick<TailChange, 'recent' | 'blocks'>,
): string {
  let record = packedSnapshots.get(snapshot);
  if (record === undefined) {
    record = JSON.stringify(packState(snapshot));
    packedSnapshots.set(snapshot, record);
  }
  const whole = JSON.stringify({ ...device, settledTo: snapshotAt, passedTo: watermark, course: packState(state) });
  return `{"settledSignals":${blocks.settled},"recent":${packSignals(recent)},"settled":${record},${whole.slice(1)}`;
}

/** Leaves out values that equal those of a new device's state; `unpackDevice` adds them. */
function packState(state: DeviceState): Partial<DeviceState> {
  const packed: Record<string, unknown> = {};
  for (const key in state) {
    const value = state[key as keyof DeviceState];
    if (value !== newDeviceState[key as keyof DeviceState]) packed[key] = value;
  }
  return packed;
}

/** `blocks` is null if an older version wrote the recent signals. */
export function unpackDevice(row: DeviceRow): { readonly device: Device; readonly blocks: Blocks | null } {
  const packed: Packed = JSON.parse(row.record);
  const { shapes, tail: oldTail, settledSignals, recent, settled, settledTo, course, passedTo, ...device } = packed;
  const old = shapes === undefined || oldTail === undefined ? null : unpackOldTail({ shapes, tail: oldTail });
  const rows = (JSON.parse(`[${row.blocks ?? ''}]`) as Block[]).map(unpackSignals);
  const inSnapshot = settledSignals ?? 0;
  return {
    // Records of older versions lack some of these.
    device: {
      ...device,
      keyFrom: device.keyFrom ?? 'origin',
      serialAt: device.serialAt ?? (device.serial === null ? null : device.lastSeenAt),
      foreignSerial: device.foreignSerial ?? null,
      inventory: device.inventory ?? null,
      trustpool: device.trustpool ?? null,
      heard: device.heard ?? null,
      senders: device.senders ?? sendersBefore(device),
      snapshot: unpackState(settled),
      snapshotAt: settledTo,
      recent: old ?? [...rows.flat().slice(inSnapshot), ...(recent === undefined ? [] : unpackSignals(recent))],
      state: unpackState(course),
      watermark: passedTo,
    },
    blocks: old === null ? { sizes: rows.map(({ length }) => length), settled: inSnapshot } : null,
  };
}

/** Older versions kept the address of the last line only: that address has spoken for the device. */
function sendersBefore({
  peer,
  firstSeenAt,
  lastSeenAt,
}: Pick<Device, 'peer' | 'firstSeenAt' | 'lastSeenAt'>): Device['senders'] {
  if (peer === null || firstSeenAt === null || lastSeenAt === null) return noSenders;
  return [{ address: peer, since: firstSeenAt, lastAt: lastSeenAt, isFirst: true, isConfirmed: false, waits: null }];
}

/** The part of a device that needs no signals, out of the record alone. */
export function unpackKnownDevice(record: string): KnownDevice {
  const { key, peer, serial, inventory, heard, course }: Packed = JSON.parse(record);
  return { key, peer, serial, inventory: inventory ?? null, heard: heard ?? null, state: unpackState(course) };
}

/** A state; older versions lack some values of its repair and its incident. */
function unpackState(packed: Partial<DeviceState>): DeviceState {
  const state = { ...newDeviceState, ...packed };
  return {
    ...state,
    claims: claimsOf(state.claims),
    repair: state.repair === null ? null : { ...state.repair, failures: state.repair.failures ?? 0 },
    incident:
      state.incident === null
        ? null
        : {
            ...state.incident,
            diagnosis: state.incident.diagnosis === undefined ? 'trust' : state.incident.diagnosis,
            lastFailureAt: state.incident.lastFailureAt ?? state.lastFailureAt,
            healedByItself: state.incident.healedByItself ?? 0,
            endedBy: state.incident.endedBy ?? null,
          },
  };
}

/** Older versions had the claims under keys, and did not note whose host a failure had named. */
function claimsOf(stored: DeviceState['claims'] | Readonly<Record<string, DeviceState['claims'][number]>>) {
  if (stored === newDeviceState.claims || typeof stored !== 'object' || stored === null) return stored;
  const claims = Array.isArray(stored) ? stored : Object.values(stored);
  return claims.map((claim) => (claim?.byHost === undefined ? { ...claim, byHost: false } : claim));
}

function unpackOldTail({ shapes, tail }: OldTail): SignalEvent[] {
  return tail.map(([shape, at, fingerprint = null, counter = null]) => {
    const { tells, ...known } = shapes[shape] as OldTail['shapes'][number];
    const failure = { sequence: null, manner: null, server: 'unnamed', claim: 'event' } as const;
    return { ...failure, ...known, times: known.times ?? 1, facts: tells ?? null, at, fingerprint, counter };
  });
}
