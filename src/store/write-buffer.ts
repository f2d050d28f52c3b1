import type { DeviceChange, Known } from '../core/correlate/correlated.ts';
import { type Device, furtherKeys } from '../core/model/device.ts';
import { limits } from '../core/model/limits.ts';
import type { Aliases } from '../core/model/names.ts';
import { keysIn } from '../core/model/names.ts';
import { MemoryEvidence } from './memory/evidence.ts';
import type { Batch, EvictedRows, Evictions } from './ports/batch.ts';
import type { About, DecidingStore } from './ports/devices.ts';
import type { Store } from './ports/store.ts';

type Bounds = { readonly bufferedRows: number; readonly bufferedSignals: number };

const NOTHING: EvictedRows = { evicted: 0, forgotten: 0 };

function sum(a: EvictedRows, b: EvictedRows): EvictedRows {
  return { evicted: a.evicted + b.evicted, forgotten: a.forgotten + b.forgotten };
}

/**
 * Combines the many commits of an archive into few: a device is written once for many of them, and evidence that is evicted
 * meanwhile is never written. Nobody else may write to the underlying store meanwhile, because a buffered batch cannot be
 * decided again. **What is buffered is stored by `flush()`**, or when it exceeds the bounds.
 */
export class WriteBuffer implements DecidingStore {
  readonly #store: Store;
  readonly #bounds: Bounds;
  readonly keepsEvidence: boolean;
  #buffered = new Buffered();
  /** Rows that the underlying store evicted and that no result has reported yet. */
  #unreported = NOTHING;

  constructor(store: Store, bounds: Bounds = limits) {
    this.keepsEvidence = store.keepsEvidence;
    this.#store = store;
    this.#bounds = bounds;
  }

  /**
   * Devices are merged in the underlying store only, so what is buffered is stored before a batch with merges, and before a
   * batch that was decided at another time. Then `fold` runs again, on the versions that are stored.
   */
  async commit(about: About, fold: (known: Known) => Batch): Promise<Evictions> {
    const batch = fold(await this.#known(about));
    const isLater = this.#buffered.now !== null && this.#buffered.now !== batch.now;
    if (batch.merges.length > 0 || isLater) {
      if (await this.#storeBuffered()) return this.commit(about, fold);
      const { droppedNotices, ...evicted } = await this.#store.commit(about, fold);
      return { ...this.#takeUnreported(evicted), droppedNotices };
    }
    this.#buffered.add(batch);
    const { bufferedRows, bufferedSignals } = this.#bounds;
    if (this.#buffered.rows > bufferedRows || this.#buffered.signals > bufferedSignals) await this.#storeBuffered();
    return { ...this.#takeUnreported(), droppedNotices: [] };
  }

  async due(
    now: number,
    limit: number,
    fold: (devices: ReadonlyMap<string, Device>) => Batch,
  ): Promise<Evictions | null> {
    await this.#storeBuffered();
    return this.#store.due(now, limit, fold);
  }

  async #known({ names, keys, newDevices }: About): Promise<Known> {
    const aliases = await this.#aliases(names);
    // Where the capacity is short, what is buffered is stored: devices that are read afterwards have the stored version.
    const room = await this.#capacityFor(newDevices);
    const devices = await this.#load(keysIn(aliases, keys));
    const further = await this.#load(furtherKeys(devices.values()));
    return { aliases, devices: further.size === 0 ? devices : new Map([...devices, ...further]), room };
  }

  async #load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    const { devices } = this.#buffered;
    const [found, wanted] = [new Map<string, Device>(), new Set<string>()];
    for (const key of keys) {
      const device = devices.get(key);
      if (device === undefined) wanted.add(key);
      else found.set(key, device);
    }
    for (const [key, device] of await this.#store.load(wanted)) found.set(key, device);
    return found;
  }

  async #aliases(names: Iterable<string>): Promise<Aliases> {
    const { aliases } = this.#buffered;
    const [found, wanted] = [new Map<string, string | null>(), new Set<string>()];
    for (const name of names) {
      const key = aliases.get(name);
      if (key === undefined) wanted.add(name);
      else found.set(name, key);
    }
    for (const [name, key] of await this.#store.aliases(wanted)) found.set(name, key);
    return found;
  }

  /** Where the capacity is short, the underlying store must have all devices to know which of them it may evict. */
  async #capacityFor(wanted: number): Promise<number> {
    const all = wanted + this.#buffered.added;
    if ((await this.#store.capacityFor(all)) === all) return wanted;
    await this.#storeBuffered();
    return this.#store.capacityFor(wanted);
  }

  /** Stores what is buffered. Devices that were loaded before have another version afterwards. */
  async flush(): Promise<EvictedRows> {
    await this.#storeBuffered();
    return this.#takeUnreported();
  }

  /** Returns false if nothing is buffered. */
  async #storeBuffered(): Promise<boolean> {
    const buffered = this.#buffered;
    if (buffered.now === null) return false;
    const batch = buffered.batch(buffered.now);
    const evicted = await this.#store.commit({ names: [], keys: [], newDevices: 0 }, () => batch);
    this.#unreported = sum(this.#unreported, evicted);
    this.#buffered = new Buffered();
    return true;
  }

  #takeUnreported(more: EvictedRows = NOTHING): EvictedRows {
    const all = sum(this.#unreported, more);
    this.#unreported = NOTHING;
    return all;
  }
}

/** Several batches without merges, as one. */
class Buffered {
  readonly devices = new Map<string, Device>();
  readonly aliases = new Map<string, string | null>();
  /** The time of all batches; null if there are none. */
  now: number | null = null;
  /** How many signals the devices have in `recent`, all together. */
  signals = 0;
  /** How many of the devices are not in the underlying store. */
  added = 0;
  /** By ordinal and device: earlier states whose incident is over. */
  readonly #past = new Map<string, Device>();
  readonly #changes: DeviceChange[] = [];
  readonly #evidence = new MemoryEvidence();
  readonly #rows: Pick<{ -readonly [K in keyof Batch]: Batch[K] }, 'unparsed' | 'notes' | 'notices'> = {
    ...{ unparsed: [], notes: [], notices: [] },
  };

  /** How many rows of evidence and transitions would be written. */
  get rows(): number {
    return this.#evidence.size + this.#changes.length;
  }

  add(batch: Batch): void {
    this.now = batch.now;
    for (const [name, key] of batch.aliases) this.aliases.set(name, key);
    for (const change of batch.changes) {
      this.#changes.push(change);
      if (change.type === 'IncidentWithdrawn') this.#past.delete(`${change.ordinal} ${change.device}`);
    }
    for (const device of batch.past) this.#past.set(`${device.state.ordinal} ${device.key}`, { ...device, recent: [] });
    for (const device of batch.devices) {
      const before = this.devices.get(device.key);
      if (before === undefined && device.version === 0) this.added++;
      this.signals += device.recent.length - (before?.recent.length ?? 0);
      this.devices.set(device.key, device);
    }
    this.#evidence.write(batch.evidence);
    this.#rows.unparsed = [...this.#rows.unparsed, ...batch.unparsed].slice(-limits.unparsedRows);
    this.#rows.notes = [...this.#rows.notes, ...batch.notes];
    this.#rows.notices = [...this.#rows.notices, ...batch.notices];
  }

  batch(now: number): Batch {
    return {
      ...this.#rows,
      devices: [...this.devices.values()],
      past: [...this.#past.values()],
      changes: this.#changes,
      evidence: this.#evidence
        .all()
        .sort((a, b) => a.number - b.number)
        .map(({ row }) => row),
      merges: [],
      aliases: this.aliases,
      now,
    };
  }
}
