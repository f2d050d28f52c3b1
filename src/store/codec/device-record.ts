/**
 * A device as JSON. Of its recent signals only the last ones are in it; the others are rows of the table `tail`. Older
 * files have all of them in the record.
 */

import type { KnownDevice } from '../../core/announce/told.ts';
import type { Device } from '../../core/model/device.ts';
import { noSenders } from '../../core/model/device-sender.ts';
import { type Claim, type DeviceState, newDeviceState, type SignalEvent } from '../../core/model/device-state.ts';
import type { Incident } from '../../core/model/incident.ts';
import {
  type PackedClaim,
  type PackedHeard,
  type PackedIncident,
  packClaim,
  packHeard,
  packIncident,
  unpackClaim,
  unpackHeard,
  unpackIncident,
} from './packed-values.ts';
import { parseStored } from './stored-json.ts';
import type { Blocks, TailChange } from './tail-blocks.ts';
import { type Block, packSignals, unpackSignals } from './tail-record.ts';

/** `blocks`: the records of the rows of its tail, joined by commas; null if there are none. */
export type DeviceRow = { readonly record: string; readonly blocks: string | null };

/**
 * The keys of the file stay those of its first version: `settled`, `settledTo`, `course` and `passedTo`. What has the value
 * that is most usual is left out.
 */
type Packed = Omit<Device, 'recent' | 'snapshot' | 'snapshotAt' | 'state' | 'watermark' | 'heard' | Unusual> & {
  readonly settled?: PackedState;
  readonly settledTo?: number;
  readonly course: PackedState;
  readonly passedTo?: number;
  readonly heard?: Device['heard'] | PackedHeard;
} & Partial<Pick<Device, Unusual>> &
  Partial<NewTail> &
  Partial<OldTail>;
type Unusual =
  | 'keyFrom'
  | 'peer'
  | 'pid'
  | 'serial'
  | 'serialAt'
  | 'foreignSerial'
  | 'inventory'
  | 'trustpool'
  | 'captured'
  | 'senders';
/** Older versions had claims and incidents as objects, and at first the claims under keys. */
type PackedState = Partial<Omit<DeviceState, 'claims' | 'incident'>> & {
  readonly claims?: readonly (Claim | PackedClaim)[] | Readonly<Record<string, Claim>>;
  readonly incident?: Incident | PackedIncident | null;
};
/** `settledSignals`: how many signals of the first row are part of the snapshot already. */
type NewTail = { readonly settledSignals?: number; readonly recent: Block };
type OldTail = {
  readonly shapes: readonly (Omit<SignalEvent, 'at' | 'fingerprint' | 'counter' | 'facts'> & {
    readonly tells?: SignalEvent['facts'];
  })[];
  readonly tail: readonly [shape: number, at: number, fingerprint?: number | null, counter?: number | null][];
};

/** Cache of the JSON of snapshots, which rarely change. */
const packedSnapshots = new WeakMap<DeviceState, string>();

/** The time of the latest signal in a snapshot that has none. */
const NOTHING_SETTLED = Number.MIN_SAFE_INTEGER;

/** The record of a device. `recent`: the signals that it has; `blocks`: the rows that have the others. */
export function packDevice(device: Device, { recent, blocks }: Pick<TailChange, 'recent' | 'blocks'>): string {
  const { snapshot, snapshotAt, state, watermark, lastSeenAt, serial, serialAt, peer, senders, heard } = device;
  let settled = packedSnapshots.get(snapshot);
  if (settled === undefined) {
    settled = JSON.stringify(packState(snapshot));
    packedSnapshots.set(snapshot, settled);
  }
  // JSON leaves out what is undefined.
  const whole = JSON.stringify({
    key: device.key,
    keyFrom: device.keyFrom === 'origin' ? undefined : device.keyFrom,
    version: device.version,
    peer: peer ?? undefined,
    pid: device.pid ?? undefined,
    serial: serial ?? undefined,
    serialAt: serial === null && serialAt === null ? undefined : serialAt,
    foreignSerial: device.foreignSerial ?? undefined,
    timeQuality: device.timeQuality,
    inventory: device.inventory ?? undefined,
    trustpool: device.trustpool ?? undefined,
    captured: device.captured ?? undefined,
    firstSeenAt: device.firstSeenAt,
    lastSeenAt,
    messages: device.messages,
    heard: heard === null ? undefined : packHeard(heard),
    senders: senders.length === 0 && peer === null ? undefined : senders,
    settledTo: snapshotAt === NOTHING_SETTLED ? undefined : snapshotAt,
    passedTo: watermark === lastSeenAt ? undefined : watermark,
    course: packState(state),
    settledSignals: blocks.settled === 0 ? undefined : blocks.settled,
  } satisfies Unset<Packed>);
  const snapshotPart = settled === '{}' ? '' : `"settled":${settled},`;
  return `{"recent":${packSignals(recent)},${snapshotPart}${whole.slice(1)}`;
}

type Unset<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Leaves out values that equal those of a new device's state; `unpackState` adds them. */
function packState(state: DeviceState): PackedState {
  const packed: Record<string, unknown> = {};
  for (const key in state) {
    const value = state[key as keyof DeviceState];
    if (value !== newDeviceState[key as keyof DeviceState]) packed[key] = value;
  }
  if (packed['claims'] !== undefined) packed['claims'] = state.claims.map(packClaim);
  if (state.incident !== null) packed['incident'] = packIncident(state.incident);
  return packed;
}

/** `blocks` is null if an older version wrote the recent signals. */
export function unpackDevice(row: DeviceRow): { readonly device: Device; readonly blocks: Blocks | null } {
  const packed: Packed = parseStored(row.record);
  const { shapes, tail: oldTail, settledSignals, recent, settled, settledTo, course, passedTo, ...device } = packed;
  const old = shapes === undefined || oldTail === undefined ? null : unpackOldTail({ shapes, tail: oldTail });
  const rows = (parseStored(`[${row.blocks ?? ''}]`) as Block[]).map(unpackSignals);
  const inSnapshot = settledSignals ?? 0;
  const { peer = null, serial = null } = device;
  return {
    // Records of older versions lack some of these.
    device: {
      ...device,
      keyFrom: device.keyFrom ?? 'origin',
      peer,
      pid: device.pid ?? null,
      serial,
      serialAt: device.serialAt ?? (serial === null ? null : device.lastSeenAt),
      foreignSerial: device.foreignSerial ?? null,
      inventory: device.inventory ?? null,
      trustpool: device.trustpool ?? null,
      captured: device.captured ?? null,
      heard: heardOf(device.heard),
      senders: device.senders ?? sendersBefore({ ...device, peer }),
      snapshot: unpackState(settled),
      snapshotAt: settledTo ?? NOTHING_SETTLED,
      recent: old ?? [...rows.flat().slice(inSnapshot), ...(recent === undefined ? [] : unpackSignals(recent))],
      state: unpackState(course),
      watermark: passedTo ?? device.lastSeenAt ?? NOTHING_SETTLED,
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
  const { key, peer = null, serial = null, inventory = null, heard, course }: Packed = parseStored(record);
  return { key, peer, serial, inventory, heard: heardOf(heard), state: unpackState(course) };
}

/** A state; older versions lack some values of its repair and its incident. */
function unpackState({ claims, incident, ...packed }: PackedState = {}): DeviceState {
  const state = { ...newDeviceState, ...packed };
  return {
    ...state,
    claims: claimsOf(claims),
    repair: state.repair === null ? null : { ...state.repair, failures: state.repair.failures ?? 0 },
    incident: incidentOf(incident ?? null, state),
  };
}

function incidentOf(stored: Incident | PackedIncident | null, state: Pick<DeviceState, 'lastFailureAt'>) {
  if (stored === null) return null;
  if (isArray(stored)) return unpackIncident(stored);
  return {
    ...stored,
    diagnosis: stored.diagnosis === undefined ? 'trust' : stored.diagnosis,
    lastFailureAt: stored.lastFailureAt ?? state.lastFailureAt,
    healedByItself: stored.healedByItself ?? 0,
    endedBy: stored.endedBy ?? null,
  };
}

/** Older versions had the claims under keys, and did not note whose host a failure had named. */
function claimsOf(stored: PackedState['claims'] | null): DeviceState['claims'] {
  if (stored === undefined || stored === null || typeof stored !== 'object') return stored ?? newDeviceState.claims;
  const claims = isArray(stored) ? stored : Object.values(stored);
  return claims.map((claim) => {
    if (isArray(claim)) return unpackClaim(claim);
    return claim?.byHost === undefined ? { ...claim, byHost: false } : claim;
  });
}

function heardOf(stored: Device['heard'] | PackedHeard | undefined): Device['heard'] {
  return isArray(stored) ? unpackHeard(stored) : (stored ?? null);
}

/** `Array.isArray` for arrays that are read only. */
function isArray<T>(value: T): value is Extract<T, readonly unknown[]> {
  return Array.isArray(value);
}

function unpackOldTail({ shapes, tail }: OldTail): SignalEvent[] {
  return tail.map(([shape, at, fingerprint = null, counter = null]) => {
    const { tells, ...known } = shapes[shape] as OldTail['shapes'][number];
    const failure = { sequence: null, way: null, manner: null, server: 'unnamed', claim: 'event' } as const;
    return { ...failure, ...known, times: known.times ?? 1, facts: tells ?? null, at, fingerprint, counter };
  });
}
