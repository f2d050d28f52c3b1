import type { Merge } from '../../core/correlate/correlate.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import { bucketOf, type GraceBucket, graceBuckets } from '../../core/fleet/fleet-count.ts';
import type { Device } from '../../core/model/device.ts';
import { limits } from '../../core/model/limits.ts';
import type { Aliases } from '../../core/model/names.ts';
import { page } from '../page.ts';
import type { Batch, CommitResult, Note, Unparsed } from '../ports/batch.ts';
import type {
  CheckedEvidence,
  Counts,
  DeviceQuery,
  IncidentQuery,
  MessageQuery,
  Page,
  SeriesRow,
  TransitionRow,
} from '../ports/queries.ts';
import type { Store, StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { MemoryAlerts } from './alerts.ts';
import { MemoryEvidence } from './evidence.ts';
import { MemorySources } from './loss-sources.ts';
import { MemoryOutbox } from './outbox.ts';

/** A store that ends with the process: for `replay` and for tests. The same contract as the one on disk. */
export class MemoryStore implements Store {
  readonly outbox: MemoryOutbox;
  readonly alerts: MemoryAlerts;
  readonly sources = new MemorySources();
  readonly keepsEvidence: boolean;
  readonly #projection: Projection;
  readonly #bounds: Required<StoreBounds>;
  readonly #devices = new Map<string, Device>();
  /** By ordinal and device: what is shown of incidents that are over, and the devices of which that is made for the others. */
  readonly #incidents = new Map<string, Device | IncidentRecord>();
  /** By name: the last past incident of a device that has become another one. */
  readonly #left = new Map<string, number>();
  readonly #evidence = new MemoryEvidence();
  #noticed = 0;
  #transitions: TransitionRow[] = [];
  #notes: Note[] = [];
  readonly #unparsed: Unparsed[] = [];
  /** How many went; positions in pages count them. */
  #forgotten = 0;
  readonly #aliases = new Map<string, string | null>();
  /** The other way round. */
  readonly #names = new Map<string, Set<string>>();
  /** The lists in their order, made when they are first asked for and kept until another commit changes them. */
  #keysInOrder: readonly string[] | null = null;
  #incidentsInOrder: readonly Positioned[] | null = null;

  /** `history`: whether evidence, transitions and lines that could not be read are kept for somebody who may ask. */
  constructor(
    projection: Projection,
    newId: () => string = () => `notice-${++this.#noticed}`,
    { history = true, ...bounds }: StoreBounds & { readonly history?: boolean } = {},
  ) {
    this.#projection = projection;
    this.#bounds = { ...limits, ...bounds };
    this.keepsEvidence = history;
    this.outbox = new MemoryOutbox(newId);
    this.alerts = new MemoryAlerts(() =>
      this.#records().map(({ record }) => ({
        record,
        plant: this.#devices.get(record.device)?.inventory?.plant ?? null,
      })),
    );
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    const found = new Map<string, Device>();
    for (const key of keys) {
      const device = this.#devices.get(key);
      if (device !== undefined) found.set(key, device);
    }
    return found;
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    const found = new Map<string, string | null>();
    for (const name of names) {
      const key = this.#aliases.get(name);
      if (key !== undefined) found.set(name, key);
    }
    return found;
  }

  async namesOf(key: string): Promise<readonly string[]> {
    return [...(this.#names.get(key) ?? [])];
  }

  async capacityFor(wanted: number): Promise<number> {
    let room = this.#bounds.devices - this.#devices.size;
    for (const device of this.#devices.values()) {
      if (room >= wanted) break;
      if (this.#projection.evictionRank(device) !== null) room++;
    }
    return Math.max(0, Math.min(room, wanted));
  }

  async commit(batch: Batch): Promise<CommitResult> {
    const gone = new Set(batch.merges.map(({ from }) => from));
    const isStale = (key: string, version: number) => (this.#devices.get(key)?.version ?? 0) !== version;
    const stale = [
      ...batch.merges.filter(({ from, version }) => version > 0 && isStale(from, version)).map(({ from }) => from),
      ...batch.devices.filter(({ key, version }) => !gone.has(key) && isStale(key, version)).map(({ key }) => key),
    ];
    if (stale.length > 0) return { kind: 'conflict', keys: stale };
    this.#incidentsInOrder = null;
    const added = new Set(batch.devices.filter(({ version }) => version === 0).map(({ key }) => key));
    if (added.size > 0 || batch.merges.length > 0) this.#keysInOrder = null;
    let forgotten = 0;
    for (const key of added) if (!gone.has(key)) forgotten += this.#forgetFormerIncidents(key);
    for (const merge of batch.merges) {
      this.#merge(merge);
      if (added.has(merge.from)) forgotten += this.#forgetFormerIncidents(merge.from);
    }
    for (const [name, key] of batch.aliases) this.#learn(name, key);
    for (const { type, ordinal, device } of batch.changes)
      if (type === 'IncidentWithdrawn') this.#withdraw(device, ordinal);
    for (const device of batch.past) this.#keepIncident(device, this.#projection.incidentOf(device));
    for (const device of batch.devices) this.#keepIncident(device, device);
    for (const device of batch.devices) this.#devices.set(device.key, { ...device, version: device.version + 1 });
    if (this.keepsEvidence) this.#keepHistory(batch);
    const given = this.outbox.write(batch.notices, batch.now);
    for (const { key, state } of batch.past) forgotten += this.#forgetUpTo(key, state.ordinal - limits.pastIncidents);
    return { kind: 'committed', evicted: this.#evict(), forgotten, droppedNotices: given };
  }

  async forget(keys: readonly string[]): Promise<void> {
    this.#keysInOrder = null;
    this.#incidentsInOrder = null;
    for (const key of keys) {
      for (let ordinal = this.#devices.get(key)?.state.ordinal ?? 0; ordinal > 0; ordinal--)
        this.#incidents.delete(`${ordinal} ${key}`);
      this.#remove(key);
    }
    const gone = new Set(keys);
    this.#transitions = this.#transitions.filter(({ device }) => !gone.has(device));
    this.#notes = this.#notes.filter(({ device }) => !gone.has(device));
  }

  async due(now: number, limit: number): Promise<readonly Device[]> {
    return [...this.#devices.values()]
      .map((device) => ({ device, at: this.#projection.deadlineOf(device) }))
      .filter((item): item is { device: Device; at: number } => item.at !== null && item.at <= now)
      .sort((a, b) => a.at - b.at)
      .slice(0, limit)
      .map(({ device }) => device);
  }

  async incidents({ state, severity, device, after, limit }: IncidentQuery): Promise<Page<IncidentRecord>> {
    const records = this.#records();
    const rows: IncidentRecord[] = [];
    for (
      let at = behind(records, after, ({ position }) => position);
      at < records.length && rows.length <= limit;
      at++
    ) {
      const { record } = records[at] as Positioned;
      if ((state ?? record.state) !== record.state || (severity ?? record.severity) !== record.severity) continue;
      if ((device ?? record.device) === record.device) rows.push(record);
    }
    return page(rows, limit, positionOf);
  }

  async incident(id: string): Promise<IncidentRecord | null> {
    return this.#records().find(({ record }) => record.id === id)?.record ?? null;
  }

  async devices({ condition, plant, after, limit }: DeviceQuery): Promise<Page<Device>> {
    this.#keysInOrder ??= [...this.#devices.keys()].sort(compare);
    const keys = this.#keysInOrder;
    const rows: Device[] = [];
    for (let at = behind(keys, after, (key) => key); at < keys.length && rows.length <= limit; at++) {
      const device = this.#devices.get(keys[at] as string) as Device;
      if (condition !== undefined && this.#projection.conditionOf(device) !== condition) continue;
      if (plant === undefined || device.inventory?.plant === plant) rows.push(device);
    }
    return page(rows, limit, ({ key }) => key);
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return this.#evidence.of(device, ordinal).sort((a, b) => a.at - b.at);
  }

  async checkedEvidence(device: string, ordinal: number): Promise<readonly CheckedEvidence[]> {
    return (await this.evidence(device, ordinal)).map((row) => ({ row, intact: true }));
  }

  async messages({ device, mnemonic, after, limit }: MessageQuery): Promise<Page<Evidence>> {
    const rows = this.#evidence
      .all()
      .filter(({ row }) => (device ?? row.device) === row.device && (mnemonic ?? row.mnemonic) === row.mnemonic)
      .filter(({ number }) => after === undefined || number < Number(after))
      .sort((a, b) => b.number - a.number);
    const { rows: shown, next } = page(rows, limit, ({ number }) => `${number}`);
    return { rows: shown.map(({ row }) => row), next };
  }

  async transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]> {
    return this.#transitions.filter((row) => row.device === device && row.ordinal === ordinal);
  }

  async notes(device: string, ordinal: number): Promise<readonly Note[]> {
    return this.#notes.filter((note) => note.device === device && note.ordinal === ordinal);
  }

  async unparsed({ after, limit }: { after?: string | undefined; limit: number }): Promise<Page<Unparsed>> {
    const numbered = this.#unparsed.map((row, index) => ({ row, number: this.#forgotten + index })).reverse();
    const older = numbered.filter(({ number }) => after === undefined || number < Number(after));
    const { rows, next } = page(older, limit, ({ number }) => `${number}`);
    return { rows: rows.map(({ row }) => row), next };
  }

  async counts(now: number): Promise<Counts> {
    const incidents = new Map<string, number>();
    for (const { record } of this.#records()) add(incidents, `${record.state} ${record.severity}`);
    const devices = new Map<string, number>();
    const grace = Object.fromEntries(graceBuckets.map((bucket) => [bucket, 0])) as Record<GraceBucket, number>;
    for (const device of this.#devices.values()) {
      add(devices, this.#projection.conditionOf(device));
      const end = this.#projection.graceOf(device);
      if (end !== null) grace[bucketOf(end.until, now)]++;
    }
    return {
      incidents: [...incidents].map(([key, count]) => {
        const [state = '', severity = ''] = key.split(' ');
        return { state, severity, count };
      }),
      devices: [...devices].map(([condition, count]) => ({ condition, count })),
      grace,
    };
  }

  async series({
    now,
    after,
    limit,
  }: {
    now: number;
    after?: string | undefined;
    limit: number;
  }): Promise<Page<SeriesRow>> {
    const rows: { position: string; row: SeriesRow }[] = [];
    for (const device of this.#devices.values()) {
      const said = this.#projection.seriesOf(device);
      if (said === null || (said.until !== null && said.until <= now)) continue;
      const { key, lastSeenAt } = device;
      rows.push({ position: `${said.rank} ${key}`, row: { device: key, lastSeenAt, series: said.series } });
    }
    const behind = rows
      .filter(({ position }) => after === undefined || position > after)
      .sort((a, b) => compare(a.position, b.position));
    const { rows: shown, next } = page(behind, limit, ({ position }) => position);
    return { rows: shown.map(({ row }) => row), next };
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  #merge({ from, into, fromOrdinal, intoOrdinal }: Merge): void {
    this.#devices.delete(from);
    if (fromOrdinal > 1) this.#left.set(from, fromOrdinal - 1);
    for (const name of this.#names.get(from) ?? []) this.#learn(name, into);
    this.#transitions = this.#transitions.map((row) =>
      row.device === from && row.ordinal >= fromOrdinal ? { ...row, device: into, ordinal: intoOrdinal } : row,
    );
    this.#notes = this.#notes.map((note) =>
      note.device === from && note.ordinal >= fromOrdinal ? { ...note, device: into, ordinal: intoOrdinal } : note,
    );
    this.#evidence.move(from, fromOrdinal, into, intoOrdinal);
  }

  #learn(name: string, key: string | null): void {
    const before = this.#aliases.get(name);
    if (typeof before === 'string') this.#names.get(before)?.delete(name);
    this.#aliases.set(name, key);
    if (key !== null) this.#names.set(key, (this.#names.get(key) ?? new Set()).add(name));
    for (const [oldest] of this.#aliases) {
      if (this.#aliases.size <= this.#bounds.aliases) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    const key = this.#aliases.get(name);
    this.#aliases.delete(name);
    if (typeof key === 'string') this.#names.get(key)?.delete(name);
  }

  #keepHistory({ changes, evidence, notes, unparsed, now }: Batch): void {
    for (const change of changes) this.#transitions.push({ ...change, decidedAt: now });
    this.#transitions.splice(0, this.#transitions.length - this.#bounds.transitionRows);
    for (const row of evidence) this.#evidence.keep(row);
    for (const note of notes) this.#notes.push(note);
    for (const row of unparsed) this.#unparsed.push(row);
    this.#forgotten += this.#unparsed.splice(0, this.#unparsed.length - this.#bounds.unparsedRows).length;
  }

  /** In the order in which they are listed. */
  #records(): readonly Positioned[] {
    this.#incidentsInOrder ??= [...this.#incidents.values()]
      .flatMap((held) => ('id' in held ? held : (this.#projection.incidentOf(held) ?? [])))
      .map((record) => ({ record, position: positionOf(record) }))
      .sort((a, b) => compare(a.position, b.position));
    return this.#incidentsInOrder;
  }

  #keepIncident({ key, state }: Device, held: Device | IncidentRecord | null): void {
    if (state.incident !== null && held !== null) this.#incidents.set(`${state.ordinal} ${key}`, held);
  }

  /** What people wrote of it goes to the one before it, which it has become a part of; without one it goes too. */
  #withdraw(device: string, ordinal: number): void {
    this.#incidents.delete(`${ordinal} ${device}`);
    const isOf = (note: Note) => note.device === device && note.ordinal === ordinal;
    if (!this.#notes.some(isOf)) return;
    let to = ordinal - 1;
    while (to > 0 && !this.#incidents.has(`${to} ${device}`)) to--;
    this.#notes = this.#notes.flatMap((note) => (!isOf(note) ? [note] : to === 0 ? [] : [{ ...note, ordinal: to }]));
  }

  /** Its past incidents up to one go, with all that was kept of them; how many. */
  #forgetUpTo(key: string, last: number): number {
    let forgotten = 0;
    for (let ordinal = last; ordinal > 0; ordinal--) if (this.#incidents.delete(`${ordinal} ${key}`)) forgotten++;
    if (forgotten === 0) return 0;
    const stays = (row: { device: string; ordinal: number }) => row.device !== key || row.ordinal > last;
    this.#evidence.forgetUpTo(key, last);
    this.#transitions = this.#transitions.filter(stays);
    this.#notes = this.#notes.filter(stays);
    return forgotten;
  }

  /** Under a name that was another device's once, its past incidents may still be. */
  #forgetFormerIncidents(key: string): number {
    const last = this.#left.get(key) ?? 0;
    this.#left.delete(key);
    return this.#forgetUpTo(key, last);
  }

  /** Devices that can be forgotten go, those at which nothing fails first, and of equals the first known. */
  #evict(): number {
    let evicted = 0;
    for (const rank of [0, 1]) {
      for (const [key, device] of this.#devices) {
        if (this.#devices.size <= this.#bounds.devices) return evicted;
        if (this.#projection.evictionRank(device) !== rank) continue;
        this.#remove(key);
        this.#keysInOrder = null;
        evicted++;
      }
    }
    return evicted;
  }

  #remove(key: string): void {
    this.#devices.delete(key);
    for (const name of this.#names.get(key) ?? []) this.#forget(name);
    this.#names.delete(key);
    this.#evidence.forget(key);
  }
}

type Positioned = { readonly record: IncidentRecord; readonly position: string };

/** Incidents are listed by when they opened, then by device. */
function positionOf({ openedAt, device, id }: IncidentRecord): string {
  return `${openedAt} ${device} ${id}`;
}

/** Where the first one behind a position stands in a list that is in order. */
function behind<T>(list: readonly T[], after: string | undefined, positionOf: (item: T) => string): number {
  if (after === undefined) return 0;
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (positionOf(list[middle] as T) > after) to = middle;
    else from = middle + 1;
  }
  return from;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
