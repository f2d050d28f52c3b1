import type { Device } from '../../core/model/device.ts';
import { page } from '../page.ts';
import type { DeviceQuery, Page } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { compare, indexAfter } from './ordered.ts';

/** The devices, in the order in which they were first written. */
export class MemoryDevices {
  readonly #projection: Projection;
  readonly #most: number;
  readonly #devices = new Map<string, Device>();
  /** Sorted when a list is asked for, and kept until a device is added or removed. */
  #keysInOrder: readonly string[] | null = null;

  /** `most`: how many devices there may be. */
  constructor(projection: Projection, most: number) {
    this.#projection = projection;
    this.#most = most;
  }

  get(key: string): Device | undefined {
    return this.#devices.get(key);
  }

  all(): Iterable<Device> {
    return this.#devices.values();
  }

  /** The devices with these keys. Keys without a device are left out. */
  find(keys: Iterable<string>): ReadonlyMap<string, Device> {
    const found = new Map<string, Device>();
    for (const key of keys) {
      const device = this.#devices.get(key);
      if (device !== undefined) found.set(key, device);
    }
    return found;
  }

  /** Whether the stored version is another one; a device that is not stored has version 0. */
  isStale(key: string, version: number): boolean {
    return (this.#devices.get(key)?.version ?? 0) !== version;
  }

  list({ condition, plant, dueBy, after, limit }: DeviceQuery): Page<Device> {
    this.#keysInOrder ??= [...this.#devices.keys()].sort(compare);
    const keys = this.#keysInOrder;
    const rows: Device[] = [];
    for (let at = indexAfter(keys, after, (key) => key); at < keys.length && rows.length <= limit; at++) {
      const device = this.#devices.get(keys[at] as string) as Device;
      if (condition !== undefined && this.#projection.conditionOf(device) !== condition) continue;
      if (dueBy !== undefined && !this.#isDue(device, Math.max(device.lastSeenAt ?? 0, dueBy))) continue;
      if (plant === undefined || device.inventory?.plant === plant) rows.push(device);
    }
    return page(rows, limit, ({ key }) => key);
  }

  /** Keys of devices whose deadline is at or before `now`, the longest overdue first. */
  due(now: number, limit: number): string[] {
    return [...this.#devices.values()]
      .map((device) => ({ device, at: this.#projection.deadlineOf(device) }))
      .filter((item): item is { device: Device; at: number } => item.at !== null && item.at <= now)
      .sort((a, b) => a.at - b.at)
      .slice(0, limit)
      .map(({ device }) => device.key);
  }

  #isDue(device: Device, by: number): boolean {
    const deadline = this.#projection.deadlineOf(device);
    return deadline !== null && deadline <= by;
  }

  /** Stores the device with the next version. */
  write(device: Device): void {
    if (device.version === 0) this.#keysInOrder = null;
    this.#devices.set(device.key, { ...device, version: device.version + 1 });
  }

  remove(key: string): void {
    if (this.#devices.delete(key)) this.#keysInOrder = null;
  }

  /** How many of `wanted` new devices fit below the limit, if the devices that may be evicted are evicted for them. */
  capacityFor(wanted: number): number {
    let capacity = this.#most - this.#devices.size;
    for (const device of this.#devices.values()) {
      if (capacity >= wanted) break;
      if (this.#projection.evictionRank(device) !== null) capacity++;
    }
    return Math.max(0, Math.min(capacity, wanted));
  }

  /** Evicts devices beyond the limit: by eviction rank, then those that were written first. Returns their keys. */
  evict(): readonly string[] {
    const evicted: string[] = [];
    for (const rank of [0, 1, 2]) {
      for (const [key, device] of this.#devices) {
        if (this.#devices.size <= this.#most) return evicted;
        if (this.#projection.evictionRank(device) !== rank) continue;
        this.remove(key);
        evicted.push(key);
      }
    }
    return evicted;
  }
}
