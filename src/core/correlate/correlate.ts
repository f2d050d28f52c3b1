/** The fold over a batch: devices and observations in, devices, changes and evidence out. */

import type { Advisory } from '../advisory/advisory.ts';
import { type Directory, identify } from '../identity/identify.ts';
import type { Device, KeyFrom, TrustpoolSeen } from '../model/device.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { Change } from '../model/incident.ts';
import { type Column, type InventoryRow, sameRow } from '../model/inventory.ts';
import { type Aliases, aliasOf, aliasOfSerial, isLoopback, type Names, nameOf } from '../model/names.ts';
import type { Observation } from '../model/observation.ts';
import { afterLine, inventoryDevice, newDevice } from './device-after.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { advanceTo } from './machine.ts';
import { lastOrdinal, mergeDevices, renamed } from './merge.ts';
import type { OperatorAction } from './operator-action.ts';
import { compact, type GrowableArrays, insert, timelineOf, withInventory } from './timeline.ts';

/** `receivedAt`: when the deciding line came in; null where time alone decided. */
export type DeviceChange = Change & { readonly device: string; readonly receivedAt: number | null };

export type Correlated = {
  readonly devices: ReadonlyMap<string, Device>;
  /** Devices as they were when their next incident began: the incident before it is then past. */
  readonly past: readonly Device[];
  readonly changes: readonly DeviceChange[];
  readonly evidence: readonly Evidence[];
  /** Names that were learnt; null: several devices speak under it. */
  readonly aliases: Aliases;
  readonly merges: readonly Merge[];
  /** Messages that had been taken in before. */
  readonly copies: number;
  /** Messages of devices that there was no room for. */
  readonly refused: number;
};

/** The devices and names that the observations are about, as far as there are any; `room`: how many more there may be. */
export type Known = {
  readonly devices: ReadonlyMap<string, Device>;
  readonly aliases: Aliases;
  readonly room?: number;
};

/** A device that is no more: what it had is another's, its incident as that one's `intoOrdinal`th. */
export type Merge = {
  readonly from: string;
  readonly version: number;
  readonly into: string;
  readonly fromOrdinal: number;
  readonly intoOrdinal: number;
};

export function correlate(known: Known, observations: readonly Observation[], advisory: Advisory): Correlated {
  const fold = new Fold(known, advisory, observations);
  for (let line = 0; line < observations.length; line++) fold.take(line);
  return fold.correlated();
}

/** `columns`: those that the table has. `also`: names by which the device is meant, that the row does not say. */
export type Enrolled = {
  readonly row: InventoryRow;
  readonly columns: readonly Column[];
  readonly also?: readonly string[];
};

/** The names that a row is looked up by, the best first. */
export function aliasesOfRow({ row: { hostname, serial, address }, also = [] }: Enrolled): string[] {
  return [
    ...(hostname === null ? [] : [aliasOf(hostname)]),
    ...(serial === null ? [] : [aliasOfSerial(serial)]),
    ...(address === null || isLoopback(address) ? [] : [aliasOf(address)]),
    ...also,
  ];
}

/**
 * Rows of an inventory, in their order, over what is known under their names; `taken`: how many said anything new.
 * `noRoom`: those of devices that there is no room for.
 */
export function enrol<Row extends Enrolled>(
  known: Known,
  rows: readonly Row[],
  advisory: Advisory,
): Correlated & { readonly taken: number; readonly noRoom: readonly Row[] } {
  const fold = new Fold(known, advisory);
  const said = rows.map((row) => fold.enrol(row));
  const taken = said.filter((what) => what === 'new').length;
  return { ...fold.correlated(), taken, noRoom: rows.filter((_, index) => said[index] === 'no-room') };
}

/** What a person did about a device, or saw on it. */
export function applyAction(
  known: Known,
  key: string,
  { observation, trustpool }: OperatorAction,
  advisory: Advisory,
): Correlated {
  const fold = new Fold(known, advisory, [observation]);
  fold.act(key, trustpool);
  return fold.correlated();
}

/** `line`: which observation it is of. */
type Placed<T> = { readonly line: number; readonly of: T };

/**
 * The lines of a device are folded together, when its state is asked for or at the end: a fleet's lines come in no order
 * of devices, and each would meet a state that no cache holds any more. What they say is told in the order of the lines.
 */
class Fold {
  readonly #known: Known;
  readonly #advisory: Advisory;
  readonly #observations: readonly Observation[];
  readonly #devices = new Map<string, Device>();
  /** By the key of their device: lines that it has to take in before anybody asks for it. */
  readonly #waiting = new Map<string, number[]>();
  readonly #changes: Placed<DeviceChange>[] = [];
  readonly #past: Placed<Device>[] = [];
  /** By ordinal and device: how many were past when it was withdrawn. */
  readonly #withdrawn = new Map<string, number>();
  readonly #learnt = new Map<string, string | null>();
  /** The other way round. */
  readonly #learntOf = new Map<string, Set<string>>();
  readonly #merges = new Map<string, Merge>();
  /** Names that said nothing new, and what waits for their device: they are its own until one of them is another's. */
  readonly #steady = new Map<Names, number[]>();
  readonly #tails: GrowableArrays = new WeakSet();
  /** By line, with holes, and the lines of each device that has any. */
  readonly #evidence: Evidence[];
  readonly #lines = new Map<string, number[]>();
  #copies = 0;
  #room: number;
  #refused = 0;

  constructor(known: Known, advisory: Advisory, observations: readonly Observation[] = []) {
    this.#known = known;
    this.#room = known.room ?? Number.POSITIVE_INFINITY;
    this.#advisory = advisory;
    this.#observations = observations;
    this.#evidence = new Array(observations.length);
  }

  take(line: number): void {
    const observation = this.#observations[line] as Observation;
    const { names } = observation;
    const steady = this.#steady.get(names);
    if (steady !== undefined) {
      steady.push(line);
      return;
    }
    const { key, keyFrom, learnt, same } = identify(names, observation.event.at, this.#directory);
    const known = this.#device(key);
    if (known === undefined && observation.onlyKnownDevice) return;
    // Of a device that there is no room for nothing is learnt; one that has got another name was here before.
    if (known === undefined && same.length === 0 && this.#room-- <= 0) {
      this.#room = 0;
      this.#refused++;
      return;
    }
    if (learnt.length === 0 && same.length === 0 && this.#isSteady(names, key)) {
      this.#steady.set(names, this.#waitingFor(key));
    }
    if (same.length > 0 || learnt.some(([name]) => this.#keyOf(name) !== undefined)) this.#steady.clear();
    for (const [name, target] of learnt) this.#learn(name, target);
    for (const other of same) this.#merge(key, keyFrom, other, line);
    this.#devices.set(key, this.#insert(this.#device(key) ?? newDevice(key, keyFrom, observation), line, afterLine));
  }

  /** Both the name that a line has first and its serial number lead to the device. */
  #isSteady(names: Names, key: string): boolean {
    const name = nameOf(names);
    if (name === null || this.#keyOf(aliasOf(name)) !== key) return false;
    const bySerial = names.serial === null ? null : this.#keyOf(aliasOfSerial(names.serial));
    return bySerial === null || bySerial === key;
  }

  /** What a person did about the device of this key, or saw on it. */
  act(key: string, trustpool: TrustpoolSeen | null): void {
    const device = this.#device(key);
    if (device === undefined) return;
    const acted: typeof afterLine = (before, _observation, _copy, held) => {
      return { ...before, ...timelineOf(held), trustpool: trustpool ?? before.trustpool };
    };
    this.#devices.set(key, this.#insert(device, 0, acted));
  }

  /** A row of the inventory. Columns that are not named stay as they were. */
  enrol(enrolled: Enrolled): 'new' | 'known' | 'no-room' {
    const { row, columns } = enrolled;
    const aliases = aliasesOfRow(enrolled);
    const holders = aliases.map((alias) => this.#holderOf(alias, row));
    const named = row.hostname === null ? null : (holders[0] ?? row.hostname);
    const key = named ?? holders.find((holder) => holder !== null) ?? row.address ?? (row.serial as string);
    if (this.#device(key) === undefined && holders.every((holder) => holder === null) && this.#room-- <= 0) {
      this.#room = 0;
      return 'no-room';
    }
    for (const other of new Set(holders)) {
      if (other !== null && other !== key && this.#device(other) !== undefined) this.#merge(key, 'inventory', other);
    }
    const device = this.#device(key) ?? inventoryDevice(key);
    const kept = device.inventory ?? row;
    const inventory = {
      ...kept,
      ...Object.fromEntries(columns.map((column) => [column, row[column]])),
    } as InventoryRow;
    const learns = aliases.filter((alias) => this.#keyOf(alias) !== key);
    if (device.inventory !== null && sameRow(device.inventory, inventory) && learns.length === 0) return 'known';
    for (const alias of learns) this.#learn(alias, key);
    const { pid, release, licensing } = inventory;
    const { changes, past, ...held } = withInventory(device, { pid, release, licensing }, this.#advisory);
    const listed: Device = { ...device, ...held, keyFrom: 'inventory', inventory };
    this.#tell(listed, changes, past);
    this.#devices.set(key, listed);
    return 'new';
  }

  /** The device under a name, unless the inventory has it as another one. */
  #holderOf(alias: string, row: InventoryRow): string | null {
    const key = this.#keyOf(alias) ?? null;
    const listed = key === null ? null : (this.#device(key)?.inventory ?? null);
    return listed === null || isSameDevice(listed, row) ? key : null;
  }

  /** The device after a line. */
  #insert(before: Device, line: number, seen: typeof afterLine): Device {
    const observation = this.#observations[line] as Observation;
    const taken = insert(before, observation.event, this.#advisory, this.#tails);
    if (taken.copy) this.#copies++;
    const device = seen(before, observation, taken.copy, compact(taken, this.#advisory));
    this.#tell(device, taken.changes, taken.past, line);
    const said = observation.event.kind !== 'neutral' || device.state.clock !== before.state.clock;
    if (observation.line !== null && said && !taken.copy)
      this.#keep(line, evidenceOf(device, observation, observation.line, taken, this.#advisory));
    return device;
  }

  #keep(line: number, row: Evidence): void {
    this.#evidence[line] = row;
    const lines = this.#lines.get(row.device);
    if (lines === undefined) this.#lines.set(row.device, [line]);
    else lines.push(line);
  }

  correlated(): Correlated {
    for (const key of this.#waiting.keys()) this.#device(key);
    // What was past and then withdrawn there never was.
    const past = this.#past.filter(({ of }, index) => index >= (this.#withdrawn.get(incidentOf(of)) ?? 0));
    return {
      devices: this.#devices,
      past: inOrderOfLines(past),
      changes: inOrderOfLines(this.#changes),
      evidence: this.#evidence.filter(() => true),
      aliases: this.#learnt,
      merges: [...this.#merges.values()],
      copies: this.#copies,
      refused: this.#refused,
    };
  }

  readonly #directory: Directory = {
    keyOf: (name) => this.#keyOf(name),
    device: (key) => this.#device(key),
  };

  #keyOf(name: string): string | null | undefined {
    let key = this.#learnt.get(name);
    if (key === undefined) key = this.#known.aliases.get(name);
    for (let merge = this.#merges.get(key ?? ''); merge !== undefined; merge = this.#merges.get(key ?? '')) {
      if (this.#devices.has(merge.from)) break;
      key = merge.into;
    }
    return key;
  }

  #learn(name: string, key: string | null): void {
    const before = this.#learnt.get(name);
    if (typeof before === 'string') this.#learntOf.get(before)?.delete(name);
    this.#learnt.set(name, key);
    if (key === null) return;
    const names = this.#learntOf.get(key);
    if (names === undefined) this.#learntOf.set(key, new Set([name]));
    else names.add(name);
  }

  #waitingFor(key: string): number[] {
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      waiting = [];
      this.#waiting.set(key, waiting);
    }
    return waiting;
  }

  /** The device with every line so far. */
  #device(key: string): Device | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined || waiting.length === 0) return this.#asLeft(key);
    const device = waiting
      .splice(0)
      .reduce((before, line) => this.#insert(before, line, afterLine), this.#asLeft(key) as Device);
    this.#devices.set(key, device);
    return device;
  }

  #asLeft(key: string): Device | undefined {
    return this.#devices.get(key) ?? (this.#merges.has(key) ? undefined : this.#known.devices.get(key));
  }

  #merge(key: string, keyFrom: KeyFrom, other: string, line?: number): void {
    const from = this.#device(other) as Device;
    const into = this.#device(key);
    const merged = into === undefined ? renamed(from, key, keyFrom) : mergeDevices(into, from, this.#advisory);
    const [fromOrdinal, intoOrdinal] = [merged.fromOrdinal, lastOrdinal(merged.device.state)];
    // A name may go, come again and go once more: what is stored under it has the first version.
    const version = this.#merges.get(other)?.version ?? from.version;
    this.#merges.set(other, { from: other, version, into: key, fromOrdinal, intoOrdinal });
    for (const name of [...(this.#learntOf.get(other) ?? [])]) this.#learn(name, key);
    this.#devices.delete(other);
    this.#devices.set(key, merged.device);
    this.#tell(from, merged.left, [], line);
    this.#tell(merged.device, merged.changes, merged.past, line);
    const lines = this.#lines.get(other) ?? [];
    this.#lines.delete(other);
    for (const line of lines) {
      const row = this.#evidence[line] as Evidence;
      this.#keep(line, row.ordinal >= fromOrdinal ? { ...row, device: key, ordinal: intoOrdinal } : row);
    }
  }

  /** `line`: the deciding one, if there is one. */
  #tell(device: Device, changes: readonly Change[], past: readonly DeviceState[], line = 0): void {
    const receivedAt = this.#observations[line]?.receivedAt ?? null;
    for (const change of changes) {
      this.#changes.push({ line, of: { ...change, device: device.key, receivedAt } });
      if (change.type === 'IncidentWithdrawn') {
        this.#withdrawn.set(`${change.ordinal} ${device.key}`, this.#past.length);
      }
    }
    for (const state of past) this.#past.push({ line, of: { ...device, state } });
  }
}

function incidentOf({ key, state }: Device): string {
  return `${state.ordinal} ${key}`;
}

/** Those of one line stay in their order. */
function inOrderOfLines<T>(placed: Placed<T>[]): T[] {
  return placed.sort((a, b) => a.line - b.line).map(({ of }) => of);
}

/** Only time has passed: what that changes for each device. */
export function advanceTime(known: Iterable<Device>, now: (device: Device) => number, advisory: Advisory): Correlated {
  const devices = new Map<string, Device>();
  const changes: DeviceChange[] = [];
  for (const device of known) {
    const passed = advanceTo(device.state, now(device), advisory);
    if (passed.changes.length === 0) continue;
    devices.set(device.key, { ...device, state: passed.state, watermark: Math.max(device.watermark, now(device)) });
    for (const change of passed.changes) {
      changes.push({ ...change, device: device.key, receivedAt: null });
    }
  }
  return { devices, past: [], changes, evidence: [], aliases: new Map(), merges: [], copies: 0, refused: 0 };
}

/** Two rows are of one device unless their hostnames differ, or, where one has none, their serial numbers. */
function isSameDevice(a: InventoryRow, b: InventoryRow): boolean {
  const [mine, other] = a.hostname === null || b.hostname === null ? [a.serial, b.serial] : [a.hostname, b.hostname];
  return mine === null || other === null || mine.toLowerCase() === other.toLowerCase();
}
