import type { Merge } from '../../core/correlate/correlated.ts';
import type { Departure } from '../departures.ts';
import type { GoneIncident } from '../ports/queries.ts';

/** Where incidents went that are no longer there. Each row leads to the last incident of a chain of moves. */
export class MemoryGoneIncidents {
  readonly #most: number;
  /** By `keyOf()`, the oldest first. */
  readonly #rows = new Map<string, Departure>();
  /** By device: the keys of the rows that lead to one of its incidents. */
  readonly #leading = new Map<string, Set<string>>();

  /** `most`: how many rows there may be. */
  constructor(most: number) {
    this.#most = most;
  }

  /** `exists`: whether there is this incident. */
  find(device: string, ordinal: number, exists: (device: string, ordinal: number) => boolean): GoneIncident | null {
    const row = this.#rows.get(keyOf(device, ordinal));
    if (row === undefined) return null;
    const { at, into } = row;
    if (into === null) return { withdrawn: at };
    if (exists(into.device, into.ordinal)) return { movedTo: into };
    const next = this.#rows.get(keyOf(into.device, into.ordinal));
    return { withdrawn: next?.into === null ? next.at : at };
  }

  /** Beyond the limit the oldest rows are deleted. */
  add(departures: readonly Departure[]): void {
    for (const departure of departures) this.#put(departure);
    for (const { device, ordinal } of this.#rows.values()) {
      if (this.#rows.size <= this.#most) return;
      this.remove(device, ordinal);
    }
  }

  /** Rows that lead to incidents of a device that was merged lead to the incident that these became. */
  move({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    for (const row of this.#leadingTo(from)) {
      if ((row.into?.ordinal ?? 0) < fromOrdinal) continue;
      this.#unlink(row);
      const moved = { ...row, into: { device: into, ordinal: intoOrdinal } };
      // The row keeps its age.
      this.#rows.set(keyOf(row.device, row.ordinal), moved);
      this.#link(moved);
    }
  }

  /** The incident is there again. */
  remove(device: string, ordinal: number): void {
    const row = this.#rows.get(keyOf(device, ordinal));
    if (row === undefined) return;
    this.#rows.delete(keyOf(device, ordinal));
    this.#unlink(row);
  }

  /** The device's incidents up to `last` are deleted. */
  removeLeadingTo(device: string, last: number): void {
    for (const row of this.#leadingTo(device))
      if ((row.into?.ordinal ?? 0) <= last) this.remove(row.device, row.ordinal);
  }

  /** Deletes all rows of these devices, and those that lead to them. */
  removeDevices(devices: readonly string[]): void {
    const removed = new Set(devices);
    for (const { device, ordinal, into } of [...this.#rows.values()])
      if (removed.has(device) || (into !== null && removed.has(into.device))) this.remove(device, ordinal);
  }

  #put(row: Departure): void {
    this.remove(row.device, row.ordinal);
    this.#rows.set(keyOf(row.device, row.ordinal), row);
    this.#link(row);
  }

  #leadingTo(device: string): Departure[] {
    return [...(this.#leading.get(device) ?? [])].flatMap((key) => this.#rows.get(key) ?? []);
  }

  #link({ device, ordinal, into }: Departure): void {
    if (into === null) return;
    const keys = this.#leading.get(into.device) ?? new Set();
    this.#leading.set(into.device, keys.add(keyOf(device, ordinal)));
  }

  #unlink({ device, ordinal, into }: Departure): void {
    if (into === null) return;
    const keys = this.#leading.get(into.device);
    keys?.delete(keyOf(device, ordinal));
    if (keys?.size === 0) this.#leading.delete(into.device);
  }
}

function keyOf(device: string, ordinal: number): string {
  return `${ordinal} ${device}`;
}
