import type { Known } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { Facets } from '../../core/fleet/facets.ts';
import type { Fleet, Group } from '../../core/fleet/fleet-count.ts';
import type { Member } from '../../core/fleet/member.ts';
import type { FleetContext, FleetMember } from '../../core/judge/fleet-context.ts';
import { type Device, furtherKeys } from '../../core/model/device.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { limits } from '../../core/model/limits.ts';
import type { Aliases } from '../../core/model/names.ts';
import { aliasOf, aliasOfSerial, keysIn } from '../../core/model/names.ts';
import { retentionMoved } from '../clocks.ts';
import { futureDaysText } from '../days.ts';
import { departures } from '../departures.ts';
import { gapSourcesOf } from '../gap-rows.ts';
import type { FoundIncidents } from '../incident-columns.ts';
import { noDamage } from '../no-damage.ts';
import type { Batch, Evictions, Note, Unparsed } from '../ports/batch.ts';
import type { About } from '../ports/devices.ts';
import type { GraceWeeks, MemberFilter, MemberQuery, RecountDifference } from '../ports/fleet.ts';
import type { HistoryDay, HistoryQuery } from '../ports/history.ts';
import type {
  DueByDay,
  IncidentFacets,
  IncidentFilter,
  IncidentKey,
  IncidentQuery,
  ListedIncident,
  OpenSeverities,
} from '../ports/incidents.ts';
import type {
  CheckedEvidence,
  Counts,
  DeviceQuery,
  DispositionQuery,
  GoneIncident,
  MessageQuery,
  Page,
  PageQuery,
  SeriesRow,
  TransitionRow,
  UnparsedFilter,
  UnparsedGroup,
  UnparsedQuery,
} from '../ports/queries.ts';
import type { Unjudged } from '../ports/rejudging.ts';
import type { Store, StoreBounds } from '../ports/store.ts';
import type { TimelineQuery, TimelineRow } from '../ports/timeline.ts';
import type { Projection } from '../projection.ts';
import { rangeOf, repairsOf, sinceOf, sourceOf, timelinePage } from '../timeline.ts';
import { MemoryAlerts } from './alerts.ts';
import { MemoryDevices } from './devices.ts';
import { MemoryEvidence } from './evidence.ts';
import { deviceCounts, seriesPage } from './fleet.ts';
import { MemoryFleet } from './fleet-members.ts';
import { MemoryGaps } from './gaps.ts';
import { MemoryIncidents } from './incidents.ts';
import { MemoryInventoryChanges } from './inventory-changes.ts';
import { MemorySources } from './loss-sources.ts';
import { MemoryNames } from './names.ts';
import { MemoryOutbox } from './outbox.ts';
import { MemoryUnparsed } from './unparsed.ts';

/** A store that ends with the process, for `replay` and for tests. It has the same contract as the store on disk. */
export class MemoryStore implements Store {
  readonly others = null;
  readonly serverTime = null;
  readonly outbox: MemoryOutbox;
  readonly alerts: MemoryAlerts;
  readonly sources = new MemorySources();
  readonly gaps: MemoryGaps;
  readonly keepsEvidence: boolean;
  readonly #projection: Projection;
  readonly #devices: MemoryDevices;
  readonly #fleet: MemoryFleet;
  readonly #names: MemoryNames;
  readonly #incidents: MemoryIncidents;
  readonly #evidence = new MemoryEvidence();
  readonly #inventoryChanges = new MemoryInventoryChanges();
  readonly #unparsed: MemoryUnparsed;
  #notices = 0;
  /** The clock of retention, in milliseconds; null before it was moved. */
  #retentionAt: number | null = null;

  /** `history`: whether to keep evidence, transitions, notes and unparsed lines for later queries. */
  constructor(
    projection: Projection,
    newId: () => string = () => `notice-${++this.#notices}`,
    { history = true, ...bounds }: StoreBounds & { readonly history?: boolean } = {},
  ) {
    const { devices, aliases, unparsedRows, gapRows, ...rows } = { ...limits, ...bounds };
    this.keepsEvidence = history;
    this.#projection = projection;
    this.#devices = new MemoryDevices(projection, devices);
    this.#fleet = new MemoryFleet(this.#devices, projection);
    this.#names = new MemoryNames(aliases);
    this.#incidents = new MemoryIncidents(projection, { ...rows, history });
    this.#unparsed = new MemoryUnparsed(unparsedRows);
    this.gaps = new MemoryGaps(gapRows);
    this.outbox = new MemoryOutbox(newId);
    this.alerts = new MemoryAlerts(() =>
      this.#incidents.all().map((record) => {
        const device = this.#devices.get(record.device) ?? null;
        return { record, plant: device?.inventory?.plant ?? null, device };
      }),
    );
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    return this.#devices.find(keys);
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    return this.#names.find(names);
  }

  async devicesNamed(starts: readonly string[], most: number): Promise<readonly string[]> {
    return this.#names.firstBeginningWith(starts, most);
  }

  async namesOf(key: string): Promise<readonly string[]> {
    return this.#names.namesOf(key);
  }

  async capacityFor(wanted: number): Promise<number> {
    return this.#devices.capacityFor(wanted);
  }

  async commit(about: About, fold: (known: Known) => Batch): Promise<Evictions> {
    return this.#commit(about, fold);
  }

  async forget(keys: readonly string[], now: number): Promise<void> {
    const removed = keys.map((key) => ({ key, last: this.#devices.get(key)?.state.ordinal ?? 0 }));
    this.#incidents.removeAll(removed, now);
    for (const key of keys) {
      const device = this.#devices.get(key);
      if (device !== undefined) this.gaps.forget(gapSourcesOf(device, this.#names.namesOf(key)));
      this.#devices.remove(key);
      this.#forgetNamesAndEvidence(key);
      this.outbox.forget(key);
    }
  }

  /** This store ends with the process, so that nothing in it was judged by a former version. */
  async unjudged(): Promise<Unjudged> {
    return { count: 0, by: [] };
  }

  async judgeAnew(): Promise<null> {
    return null;
  }

  /** The clock of retention begins with the newest line. */
  async moveRetention(now: number, passedMs: number): Promise<number> {
    let newest = 0;
    for (const { lastSeenAt } of this.#devices.all()) newest = Math.max(newest, lastSeenAt ?? 0);
    this.#retentionAt = retentionMoved(this.#retentionAt ?? (newest || now), now, passedMs);
    return this.#retentionAt;
  }

  async makeShrinkable(): Promise<null> {
    return null;
  }

  async shrink(): Promise<false> {
    return false;
  }

  /** A store in memory ends with its process, long before an incident is too old. */
  async retain(): Promise<null> {
    if (this.#retentionAt !== null) this.#incidents.trimDays(this.#retentionAt);
    return null;
  }

  /** Nothing but this process changes its rows. */
  async mend(): Promise<readonly []> {
    return [];
  }

  async scrub(): Promise<false> {
    return false;
  }

  async countDamaged() {
    return noDamage;
  }

  async damaged(): Promise<readonly []> {
    return [];
  }

  async markBeyond(now: number, setBackMs: number): Promise<number> {
    this.outbox.pullBack(now, setBackMs);
    this.#incidents.pullDaysBack(now);
    return 0;
  }

  async countSetAside(): Promise<number> {
    return 0;
  }

  async due(
    now: number,
    limit: number,
    fold: (devices: ReadonlyMap<string, Device>) => Batch,
  ): Promise<Evictions | null> {
    const keys = this.#devices.due(now, limit);
    if (keys.length === 0) return null;
    return this.#commit({ names: [], keys, newDevices: 0 }, ({ devices }) => fold(devices));
  }

  async incidents({ sort = 'openedAt', after, limit, ...filter }: IncidentQuery): Promise<Page<ListedIncident>> {
    const { rows, next } = this.#incidents.columns().page(this.#found(filter), sort, after, limit);
    return { rows: this.#incidents.at(rows), next };
  }

  async incidentFacets(filter: IncidentFilter): Promise<IncidentFacets> {
    return this.#incidents.columns().facets(this.#found(filter));
  }

  async incidentKeys(filter: IncidentFilter, most: number): Promise<{ count: number; keys: IncidentKey[] | null }> {
    return this.#incidents.columns().keys(this.#found(filter), most);
  }

  async history(query: HistoryQuery): Promise<readonly HistoryDay[]> {
    return this.#incidents.history(query);
  }

  async openByPlant(): Promise<ReadonlyMap<string, OpenSeverities>> {
    return this.#incidents.columns().openByPlant();
  }

  async dueByDay(filter: IncidentFilter, now: number, days: number): Promise<DueByDay> {
    return this.#incidents.columns().dueByDay(this.#found(filter), now, days);
  }

  async bringMembersOver(): Promise<0> {
    return 0;
  }

  async bringIncidentsOver(): Promise<false> {
    return false;
  }

  async incident(id: string): Promise<ListedIncident | null> {
    return this.#incidents.get(id);
  }

  async gone(device: string, ordinal: number): Promise<GoneIncident | null> {
    return this.#incidents.gone(device, ordinal);
  }

  async devices(query: DeviceQuery): Promise<Page<Device>> {
    return this.#devices.list(query);
  }

  async devicesOf(keys: readonly string[]): Promise<readonly Device[]> {
    return [...this.#devices.find(keys).values()];
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return this.#evidence.of(device, ordinal).sort((a, b) => a.at - b.at);
  }

  async checkedEvidence(device: string, ordinal: number): Promise<readonly CheckedEvidence[]> {
    return (await this.evidence(device, ordinal)).map((row) => ({ row, intact: true }));
  }

  async messages(query: MessageQuery): Promise<Page<Evidence>> {
    return this.#evidence.messages(query, this.#plantOf);
  }

  async timeline(query: TimelineQuery): Promise<Page<TimelineRow>> {
    const { device: key, incident, kinds, after, limit } = query;
    const device = this.#devices.get(key) ?? null;
    const repairs = device === null ? [] : repairsOf(device, sinceOf(query, device));
    const own = {
      ...this.#incidents.happened(key, incident?.ordinal),
      messages: this.#evidence.happened(key, incident?.ordinal),
    };
    const notices = this.outbox.happened(key, this.#incidents.idsOf(key, incident?.ordinal), incident?.id);
    const sources = [
      sourceOf('change', own.changes),
      sourceOf('message', own.messages),
      sourceOf('notice', notices.waiting),
      sourceOf('notice', notices.delivered),
      sourceOf('note', own.notes),
      sourceOf(
        'repair',
        repairs.map((row, id) => ({ id, row })),
      ),
      sourceOf(
        'gap',
        device === null ? [] : this.gaps.happened(gapSourcesOf(device, this.#names.namesOf(key)), rangeOf(query)),
      ),
      sourceOf('inventory', this.#inventoryChanges.happened(key, rangeOf(query))),
    ];
    return timelinePage(sources, kinds, after, limit);
  }

  async transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]> {
    return this.#incidents.transitions(device, ordinal);
  }

  async notes(device: string, ordinal: number): Promise<readonly Note[]> {
    return this.#incidents.notes(device, ordinal);
  }

  async dispositions(query: DispositionQuery): Promise<readonly DispositionCount[]> {
    return this.#incidents.dispositions(query);
  }

  async unparsed(query: UnparsedQuery): Promise<Page<Unparsed>> {
    return this.#unparsed.list(query, this.#plantOf);
  }

  async unparsedGroups(filter: UnparsedFilter): Promise<readonly UnparsedGroup[]> {
    return this.#unparsed.groups(filter, this.#plantOf);
  }

  async counts(now: number): Promise<Counts> {
    return {
      incidents: this.#incidents.columns().counts(),
      ...deviceCounts(this.#devices.all(), this.#projection, now),
    };
  }

  async notCounted(): Promise<number> {
    return 0;
  }

  async fleet(now: number): Promise<Fleet> {
    return this.#fleet.fleet(now);
  }

  async heardByPlant(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#fleet.heardByPlant(names);
  }

  async plant(name: string, now: number): Promise<{ readonly group: Group; readonly heardAt: number | null } | null> {
    return this.#fleet.plant(name, now);
  }

  async grace(plant: string | undefined, now: number): Promise<GraceWeeks> {
    return this.#fleet.grace(plant, now);
  }

  async fleetContext(of: FleetMember, wasDown: (peer: string | null) => boolean): Promise<FleetContext> {
    return this.#fleet.context(of, wasDown);
  }

  async urgent(query: PageQuery & { readonly plant?: string | undefined }): Promise<Page<string>> {
    return this.#fleet.urgent(query);
  }

  async plantsOf(keys: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return new Map([...this.#devices.find(keys)].map(([key, { inventory }]) => [key, inventory?.plant ?? null]));
  }

  async members(query: MemberQuery): Promise<Page<Member>> {
    return this.#fleet.list(query, this.#named(query.q));
  }

  async facets(filter: MemberFilter): Promise<Facets> {
    return this.#fleet.facets(filter, this.#named(filter.q));
  }

  /** Of what is kept here, only days may be wrong. */
  async *recount(now: number): AsyncIterable<RecountDifference> {
    for (const { plant, days, last } of this.#incidents.futureDays(now)) yield futureDaysText(plant, days, last);
  }

  async series(query: PageQuery & { readonly now: number }): Promise<Page<SeriesRow>> {
    return seriesPage(this.#devices.all(), this.#projection, query);
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  /** Keys of the devices that have this name. */
  #named(name: string | undefined): string[] {
    if (name === undefined) return [];
    const keys = this.#names.find([aliasOf(name), aliasOfSerial(name)]).values();
    return [...new Set(keys)].filter((key) => key !== null);
  }

  #commit({ names, keys, newDevices }: About, fold: (known: Known) => Batch): Evictions {
    const aliases = this.#names.find(names);
    const room = this.#devices.capacityFor(newDevices);
    const found = this.#devices.find(keysIn(aliases, keys));
    const further = this.#devices.find(furtherKeys(found.values()));
    const devices = further.size === 0 ? found : new Map([...found, ...further]);
    const batch = fold({ aliases, devices, room });
    const stale = this.#staleKeys(batch);
    // The batch was decided in the same transaction, so another version is a defect of the caller.
    if (stale.length > 0) throw new Error(`a batch has another version than the store of ${stale.join()}`);
    return this.#write(batch);
  }

  #found(filter: IncidentFilter): FoundIncidents {
    if (filter.about === undefined) return { filter };
    const devices = this.#incidents.columns().chosen();
    devices.add(this.#names.beginningWith(filter.about.names));
    return { filter, devices };
  }

  /** Devices of the batch whose stored version is another one. */
  #staleKeys({ merges, devices }: Batch): string[] {
    const merged = new Set(merges.map(({ from }) => from));
    return [
      ...merges
        .filter(({ from, version }) => version > 0 && this.#devices.isStale(from, version))
        .map(({ from }) => from),
      ...devices
        .filter(({ key, version }) => !merged.has(key) && this.#devices.isStale(key, version))
        .map(({ key }) => key),
    ];
  }

  #write(batch: Batch): Evictions {
    const merged = new Set(batch.merges.map(({ from }) => from));
    const added = new Set(batch.devices.filter(({ version }) => version === 0).map(({ key }) => key));
    let forgotten = 0;
    for (const key of added) if (!merged.has(key)) forgotten += this.#forgetFormerIncidents(key, batch.now);
    for (const merge of batch.merges) {
      const { from, into } = merge;
      this.#devices.remove(from);
      this.#names.move(from, into);
      this.#incidents.move(merge);
      this.#evidence.move(merge);
      this.outbox.move(from, into);
      this.#inventoryChanges.move(from, into);
      if (added.has(from)) forgotten += this.#forgetFormerIncidents(from, batch.now);
    }
    this.#names.learn(batch.aliases);
    this.#incidents.withdraw(departures(batch.changes, batch.merges), batch.now);
    this.#incidents.write([...batch.past, ...batch.devices], batch);
    this.#incidents.settleMerged(batch.merges, batch.now);
    for (const device of batch.devices) this.#devices.write(device);
    if (this.keepsEvidence) this.#writeHistory(batch);
    const droppedNotices = this.outbox.write(batch.notices, batch.now);
    for (const { key, state } of batch.past)
      forgotten += this.#forgetIncidents(key, state.ordinal - limits.pastIncidents, batch.now);
    const evicted = this.#devices.evict();
    for (const key of evicted) this.#forgetNamesAndEvidence(key);
    return { evicted: evicted.length, forgotten, droppedNotices };
  }

  #writeHistory({ changes, evidence, notes, unparsed, inventory = [], now }: Batch): void {
    this.#incidents.writeTransitions(changes, now);
    this.#evidence.write(evidence);
    this.#incidents.writeNotes(notes, now);
    this.#unparsed.write(unparsed);
    this.#inventoryChanges.write(inventory);
  }

  /** Deletes the device's incidents up to `last`, with all their rows. Returns how many incidents. */
  #forgetIncidents(key: string, last: number, now: number): number {
    const forgotten = this.#incidents.removeUpTo(key, last, now);
    if (forgotten > 0) this.#evidence.removeUpTo(key, last);
    return forgotten;
  }

  /**
   * A new device may have the key of a device that was merged into another one. Past incidents under that key are
   * deleted.
   */
  #forgetFormerIncidents(key: string, now: number): number {
    return this.#forgetIncidents(key, this.#incidents.takeLastFormer(key), now);
  }

  /** Null: there is no such device any more. */
  readonly #plantOf = (key: string): string | null => {
    const device = this.#devices.get(key);
    return device === undefined ? null : (device.inventory?.plant ?? UNKNOWN);
  };

  #forgetNamesAndEvidence(key: string): void {
    this.#inventoryChanges.remove(key);
    this.#names.remove(key);
    this.#evidence.removeDevice(key);
  }
}
