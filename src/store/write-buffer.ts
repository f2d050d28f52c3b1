import type { DeviceChange } from '../core/correlate/correlate.ts';
import type { Device } from '../core/model/device.ts';
import { limits } from '../core/model/limits.ts';
import type { Aliases } from '../core/model/names.ts';
import { MemoryEvidence } from './memory/evidence.ts';
import type { Batch, CommitResult, EvictedRows } from './ports/batch.ts';
import type { DecidingStore } from './ports/devices.ts';
import type { Store } from './ports/store.ts';

type Bounds = { readonly bufferedRows: number; readonly bufferedSignals: number };

const NOTHING: EvictedRows = { evicted: 0, forgotten: 0 };

function sum(a: EvictedRows, b: EvictedRows): EvictedRows {
  return { evicted: a.evicted + b.evicted, forgotten: a.forgotten + b.forgotten };
}

/**
 * Gathers the commits of an archive into few: a device is written once for many of them, and evidence that leaves again
 * is never written. Nobody else may write to the store below meanwhile, as what was buffered cannot be decided anew.
 * **What is buffered is stored by `flush()`**, or when it is more than its bounds.
 */
export class WriteBuffer implements DecidingStore {
  readonly #below: Store;
  readonly #bounds: Bounds;
  readonly keepsEvidence: boolean;
  #buffered = new Buffered();
  /** Of what was stored since somebody was told last. */
  #forgot = NOTHING;

  constructor(below: Store, bounds: Bounds = limits) {
    this.keepsEvidence = below.keepsEvidence;
    this.#below = below;
    this.#bounds = bounds;
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    const { devices } = this.#buffered;
    const [found, wanted] = [new Map<string, Device>(), new Set<string>()];
    for (const key of keys) {
      const device = devices.get(key);
      if (device === undefined) wanted.add(key);
      else found.set(key, device);
    }
    for (const [key, device] of await this.#below.load(wanted)) found.set(key, device);
    return found;
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    const { aliases } = this.#buffered;
    const [found, wanted] = [new Map<string, string | null>(), new Set<string>()];
    for (const name of names) {
      const key = aliases.get(name);
      if (key === undefined) wanted.add(name);
      else found.set(name, key);
    }
    for (const [name, key] of await this.#below.aliases(wanted)) found.set(name, key);
    return found;
  }

  /** The store below knows what it can forget once it has everything. */
  async capacityFor(wanted: number): Promise<number> {
    const all = wanted + this.#buffered.added;
    if ((await this.#below.capacityFor(all)) === all) return wanted;
    await this.#storeBuffered();
    return this.#below.capacityFor(wanted);
  }

  async due(now: number, limit: number): Promise<readonly Device[]> {
    await this.#storeBuffered();
    return this.#below.due(now, limit);
  }

  /** A device that becomes another one does so in the store below: then what is buffered goes there first. */
  async commit(batch: Batch): Promise<CommitResult> {
    const other = this.#buffered.now !== null && this.#buffered.now !== batch.now;
    if (batch.merges.length > 0 || other) {
      if (await this.#storeBuffered()) return { kind: 'conflict', keys: [] };
      if (batch.merges.length > 0) {
        const result = await this.#below.commit(batch);
        return result.kind === 'conflict' ? result : { ...result, ...this.#tell(result) };
      }
    }
    this.#buffered.add(batch);
    const { bufferedRows, bufferedSignals } = this.#bounds;
    if (this.#buffered.rows > bufferedRows || this.#buffered.signals > bufferedSignals) await this.#storeBuffered();
    return { kind: 'committed', ...this.#tell(), droppedNotices: [] };
  }

  /** Stores what is buffered. What was loaded before has another version afterwards. */
  async flush(): Promise<EvictedRows> {
    await this.#storeBuffered();
    return this.#tell();
  }

  /** False if nothing is buffered. */
  async #storeBuffered(): Promise<boolean> {
    const buffered = this.#buffered;
    if (buffered.now === null) return false;
    const result = await this.#below.commit(buffered.batch(buffered.now));
    if (result.kind === 'conflict') throw new Error('somebody else wrote to a store that is buffered for');
    this.#forgot = sum(this.#forgot, result);
    this.#buffered = new Buffered();
    return true;
  }

  #tell(more: EvictedRows = NOTHING): EvictedRows {
    const told = sum(this.#forgot, more);
    this.#forgot = NOTHING;
    return told;
  }
}

/** Batches without merges as one. */
class Buffered {
  readonly devices = new Map<string, Device>();
  readonly aliases = new Map<string, string | null>();
  /** Of all batches; null if there are none. */
  now: number | null = null;
  /** Signals in the tails of the devices, and how many of these the store below does not have. */
  signals = 0;
  added = 0;
  /** By ordinal and device: incidents that are over. */
  readonly #past = new Map<string, Device>();
  readonly #changes: DeviceChange[] = [];
  readonly #evidence = new MemoryEvidence();
  readonly #rows: Pick<{ -readonly [K in keyof Batch]: Batch[K] }, 'unparsed' | 'notes' | 'notices'> = {
    ...{ unparsed: [], notes: [], notices: [] },
  };

  /** Rows that would be written. */
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
