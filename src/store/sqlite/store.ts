import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Known } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { Facets } from '../../core/fleet/facets.ts';
import type { Fleet, Group } from '../../core/fleet/fleet-count.ts';
import type { Member } from '../../core/fleet/member.ts';
import type { FleetContext, FleetMember } from '../../core/judge/fleet-context.ts';
import { type Device, furtherKeys } from '../../core/model/device.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import { limits } from '../../core/model/limits.ts';
import type { Aliases } from '../../core/model/names.ts';
import { aliasOf, aliasOfSerial, keysIn } from '../../core/model/names.ts';
import { OperatingError } from '../../errors.ts';
import { futureDaysText, scopeText } from '../days.ts';
import { gapSourcesOf } from '../gap-rows.ts';
import type { FoundIncidents, IncidentColumns } from '../incident-columns.ts';
import { page } from '../page.ts';
import type { Batch, Evictions, Note, Unparsed } from '../ports/batch.ts';
import type { CheckedTable, DamagedRow } from '../ports/damage.ts';
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
import type { Judge, JudgedAnew, Unjudged } from '../ports/rejudging.ts';
import type { Retained, RetentionPolicy } from '../ports/retention.ts';
import type { Store, StoreBounds } from '../ports/store.ts';
import type { TimelineQuery, TimelineRow } from '../ports/timeline.ts';
import type { Projection } from '../projection.ts';
import { sinceOf } from '../timeline.ts';
import { SqliteAlerts } from './alerts.ts';
import { SqliteBatches } from './batches.ts';
import type { FoundRow } from './check-rows.ts';
import { rowDamaged } from './checksums.ts';
import { noteCleanStop } from './clean-stop.ts';
import { markFile } from './copy-mark.ts';
import { isTakenOut, SqliteDamage } from './damage.ts';
import { SqliteDevices } from './devices.ts';
import { SqliteEvidence } from './evidence.ts';
import { toOperatingError, withOperatingErrors } from './failures.ts';
import { SqliteFleet } from './fleet.ts';
import { SqliteFleetContext } from './fleet-context.ts';
import { Slices, SqliteFleetCounts } from './fleet-counts.ts';
import { SqliteFleetMembers } from './fleet-members.ts';
import { foundAtOpening } from './found-at-opening.ts';
import { SqliteGaps } from './gaps.ts';
import { SqliteIncidents } from './incidents.ts';
import { SqliteInventoryChanges } from './inventory-changes.ts';
import { SqliteSources } from './loss-sources.ts';
import { SqliteMembers } from './members.ts';
import { SqliteNames } from './names.ts';
import { isInPlace, requireInPlace, requireInPlaceForCommit } from './open-files.ts';
import { SqliteOutbox } from './outbox.ts';
import { SqliteRecount } from './recount.ts';
import { SqliteRejudging } from './rejudging.ts';
import { SqliteRetention } from './retention.ts';
import { SqliteScrub } from './scrub.ts';
import type { ServiceLock } from './service-lock.ts';
import { makeShrinkable, shrink } from './shrinking.ts';
import { prepareColumn } from './statements.ts';
import { SqliteTimeline } from './timeline.ts';
import { SqliteUnparsed } from './unparsed.ts';

/** Devices of a former version that one transaction counts: some 10 ms. */
const MEMBERS_AT_ONCE = 30;
/** How often names are looked up again where another process writes meanwhile. */
const TRIES = 3;
/** Incidents of an older version that one transaction brings over: some 10 ms. */
const INCIDENTS_AT_ONCE = 250;

/**
 * The store on disk. Other processes may read the file at any time, and write to it between two transactions. The most
 * recently read and written rows are cached in memory. The caches are cleared when another process has written or a
 * transaction has failed.
 */
export class SqliteStore implements Store {
  readonly keepsEvidence = true;
  readonly others = null;
  readonly serverTime = null;
  readonly outbox: SqliteOutbox;
  readonly alerts: SqliteAlerts;
  readonly sources: SqliteSources;
  readonly gaps: SqliteGaps;
  readonly #database: Database.Database;
  readonly #lock: ServiceLock | null;
  readonly #devices: SqliteDevices;
  readonly #members: SqliteMembers;
  readonly #fleet: SqliteFleet;
  readonly #fleetCounts: SqliteFleetCounts;
  readonly #fleetMembers: SqliteFleetMembers;
  readonly #fleetContext: SqliteFleetContext;
  readonly #recount: SqliteRecount;
  readonly #names: SqliteNames;
  readonly #incidents: SqliteIncidents;
  readonly #evidence: SqliteEvidence;
  readonly #damage: SqliteDamage;
  readonly #timeline: SqliteTimeline;
  readonly #inventoryChanges: SqliteInventoryChanges;
  readonly #unparsed: SqliteUnparsed;
  readonly #rejudging: SqliteRejudging;
  readonly #retention: SqliteRetention;
  readonly #scrub: SqliteScrub;
  readonly #batches: SqliteBatches;
  readonly #commit: (about: About, fold: (known: Known) => Batch) => Evictions;
  readonly #moveRetention: (now: number, passedMs: number) => number;
  readonly #retain: (policy: RetentionPolicy) => Retained | null;
  readonly #forget: (keys: readonly string[], now: number) => void;
  readonly #bringMembersOver: () => number;
  readonly #bringIncidentsOver: (now: number) => boolean;
  readonly #judgeAnew: (limit: number, judge: Judge) => JudgedAnew | null;
  readonly #markBeyond: (now: number, setBackMs: number) => number;
  readonly #mend: (now: number, evidence: boolean) => DamagedRow[];
  /** A damaged row was left out of an answer, so `mend()` is due. */
  #isDamageSeen = false;
  /** Damaged rows that were left out of an answer, by their tables and numbers. */
  readonly #damagedRows = new Map<string, FoundRow>();
  /** Those that are known to be damaged and stay in the file. */
  readonly #knownDamaged = new Set<string>();
  /** Nobody has looked at the rows since the file was opened, and nobody need: `scrub()` will. */
  #isUntouched: boolean;
  /** SQLite itself has called the file damaged; `mended`: and no transaction has ended well since it was mended. */
  #corrupt: 'found' | 'mended' | null = null;
  readonly #selectDataVersion: Database.Statement<[], number>;
  /** SQLite's `data_version`, which changes when another connection commits. */
  #dataVersion = -1;

  /** `newId`: makes the id of a notice; no two are ever the same. `lock`: released with `close()`. */
  constructor(
    database: Database.Database,
    projection: Projection,
    newId: () => string = randomUUID,
    bounds: StoreBounds = {},
    lock: ServiceLock | null = null,
  ) {
    this.#lock = lock;
    if (foundAtOpening(database).isDisordered) {
      this.#corrupt = 'found';
      this.#isDamageSeen = true;
    }
    const { devices, aliases, unparsedRows, gapRows, ...rows } = { ...limits, ...bounds };
    this.#database = database;
    this.#members = new SqliteMembers(database, projection, () => {
      this.#isDamageSeen = true;
    });
    this.#devices = new SqliteDevices(database, projection, this.#members, devices);
    this.#fleetCounts = new SqliteFleetCounts(database);
    this.#fleetMembers = new SqliteFleetMembers(database, this.#fleetCounts);
    this.#fleetContext = new SqliteFleetContext(database, this.#fleetCounts, () => this.#changeNumber());
    this.#recount = new SqliteRecount(database, projection, this.#devices);
    this.#fleet = new SqliteFleet(database);
    const onDamaged = (row: FoundRow) => void this.#damagedRows.set(`${row.table} ${row.rowid}`, row);
    this.#names = new SqliteNames(database, aliases, onDamaged);
    this.#incidents = new SqliteIncidents(database, projection, rows, onDamaged);
    this.#evidence = new SqliteEvidence(database, onDamaged);
    this.gaps = new SqliteGaps(database, gapRows);
    this.#inventoryChanges = new SqliteInventoryChanges(database, onDamaged);
    this.outbox = new SqliteOutbox(database, newId, onDamaged);
    this.#timeline = new SqliteTimeline(database, {
      ...{ evidence: this.#evidence, gaps: this.gaps, inventory: this.#inventoryChanges },
      ...{ incidents: this.#incidents, outbox: this.outbox },
    });
    this.#damage = new SqliteDamage(database, {
      ...{ devices: this.#devices, members: this.#members, incidents: this.#incidents },
      ...{ outbox: this.outbox, names: this.#names },
    });
    this.#unparsed = new SqliteUnparsed(database, unparsedRows);
    this.alerts = new SqliteAlerts(database, onDamaged);
    this.sources = new SqliteSources(database, onDamaged);
    this.#rejudging = new SqliteRejudging(database, {
      ...{ devices: this.#devices, members: this.#members, names: this.#names, incidents: this.#incidents },
      ...{ evidence: this.#evidence, outbox: this.outbox },
    });
    this.#batches = new SqliteBatches({
      ...{ devices: this.#devices, names: this.#names, incidents: this.#incidents, evidence: this.#evidence },
      ...{ outbox: this.outbox, unparsed: this.#unparsed, inventoryChanges: this.#inventoryChanges, gaps: this.gaps },
      ...{ rejudging: this.#rejudging, damage: this.#damage },
    });
    this.#bringMembersOver = this.#transaction(() => this.#devices.reproject(MEMBERS_AT_ONCE));
    this.#bringIncidentsOver = this.#transaction((now: number) => this.#incidents.bringOver(INCIDENTS_AT_ONCE, now));
    this.#markBeyond = this.#transaction((now: number, setBackMs: number) =>
      this.#rejudging.markBeyond(now, setBackMs),
    );
    this.#mend = this.#transaction((now: number, evidence: boolean) =>
      this.#damage.mend(now, { evidence, members: this.#isDamageSeen, found: [...this.#damagedRows.values()] }),
    );
    this.#scrub = new SqliteScrub(database);
    this.#isUntouched = foundAtOpening(database).isUntouched && this.#devices.unprojected() === 0;
    this.#selectDataVersion = prepareColumn<[], number>(database, 'PRAGMA data_version');
    this.#commit = this.#transaction((about: About, fold: (known: Known) => Batch) =>
      this.#batches.write(fold(this.#known(about))),
    );
    const parts = { incidents: this.#incidents, evidence: this.#evidence, outbox: this.outbox };
    this.#retention = new SqliteRetention(database, parts, rows.incidentRows);
    this.#moveRetention = this.#transaction((now: number, passedMs: number) => this.#retention.move(now, passedMs));
    this.#retain = this.#transaction((policy: RetentionPolicy) => this.#retention.step(policy));
    this.#forget = this.#transaction((keys: readonly string[], now: number) => {
      this.#clearStaleCaches();
      for (const key of keys) this.#batches.forgetDevice(key, now);
    });
    this.#judgeAnew = this.#transaction((limit: number, judge: Judge) => {
      this.#clearStaleCaches();
      return this.#rejudging.judgeAnew(limit, judge);
    });
  }

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    return this.#read(() => this.#load(keys));
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    return this.#read(() => this.#names.find(names));
  }

  async devicesNamed(starts: readonly string[], most: number): Promise<readonly string[]> {
    return this.#names.firstBeginningWith(starts, most);
  }

  async namesOf(key: string): Promise<readonly string[]> {
    return this.#names.namesOf(key);
  }

  async capacityFor(wanted: number): Promise<number> {
    return this.#read(() => this.#devices.capacityFor(wanted));
  }

  async commit(about: About, fold: (known: Known) => Batch): Promise<Evictions> {
    return this.#transact(() => this.#commit(about, fold));
  }

  async due(
    now: number,
    limit: number,
    fold: (devices: ReadonlyMap<string, Device>) => Batch,
  ): Promise<Evictions | null> {
    this.#requireMended();
    const keys = withOperatingErrors(this.#database, () => {
      requireInPlace(this.#database);
      return this.#devices.due(now, limit);
    });
    if (keys.length === 0) return null;
    return this.commit({ names: [], keys, newDevices: 0 }, ({ devices }) => fold(devices));
  }

  async forget(keys: readonly string[], now: number): Promise<void> {
    this.#transact(() => this.#forget(keys, now));
  }

  async moveRetention(now: number, passedMs: number): Promise<number> {
    return this.#transact(() => this.#moveRetention(now, passedMs));
  }

  async makeShrinkable(): Promise<string | null> {
    return withOperatingErrors(this.#database, () => makeShrinkable(this.#database));
  }

  async shrink(): Promise<boolean> {
    return withOperatingErrors(this.#database, () => {
      const more = shrink(this.#database);
      // A checkpoint has taken the mark of the file away.
      if (!more) markFile(this.#database);
      return more;
    });
  }

  async retain(policy: RetentionPolicy): Promise<Retained | null> {
    return this.#transact(() => this.#retain(policy));
  }

  async unjudged(): Promise<Unjudged> {
    return withOperatingErrors(this.#database, () => this.#rejudging.unjudged());
  }

  async judgeAnew(limit: number, judge: Judge): Promise<JudgedAnew | null> {
    return this.#transact(() => this.#judgeAnew(limit, judge));
  }

  async mend(now: number): Promise<readonly DamagedRow[]> {
    const wasUntouched = this.#isUntouched;
    this.#isUntouched = false;
    if (wasUntouched && !this.#isDamageSeen && this.#damagedRows.size === 0) return [];
    this.#clearCaches();
    const found = [...this.#transact(() => this.#mend(now, this.#corrupt !== null), { mending: true })];
    for (const [id, row] of this.#damagedRows) if (!isTakenOut(row)) this.#knownDamaged.add(id);
    this.#damagedRows.clear();
    const log = lostWith(foundAtOpening(this.#database).damagedLog);
    if (log !== null && this.#damage.note(log, now)) found.push(log);
    this.#isDamageSeen = false;
    if (this.#corrupt !== null) this.#corrupt = 'mended';
    return found.map(({ table, name, why }) => ({ table, name, why }));
  }

  async scrub(): Promise<boolean> {
    const { isDamaged, isDone } = this.#noting(() => this.#scrub.step());
    if (isDamaged) this.#isDamageSeen = true;
    return !isDone;
  }

  async countDamaged(): Promise<Readonly<Record<CheckedTable, number>>> {
    return withOperatingErrors(this.#database, () => this.#damage.counts());
  }

  async damaged(limit: number): Promise<readonly (DamagedRow & { readonly at: number })[]> {
    return withOperatingErrors(this.#database, () => this.#damage.list(limit));
  }

  async markBeyond(now: number, setBackMs: number): Promise<number> {
    return this.#transact(() => this.#markBeyond(now, setBackMs));
  }

  async countSetAside(): Promise<number> {
    return withOperatingErrors(this.#database, () => this.#rejudging.countSetAside());
  }

  async incidents({ sort = 'openedAt', after, limit, ...filter }: IncidentQuery): Promise<Page<ListedIncident>> {
    const { columns, found } = await this.#found(filter);
    const { rows: keys, next } = columns.page(found, sort, after, limit);
    const { rows, damaged } = this.#noting(() => this.#incidents.at(keys));
    if (damaged > 0) this.#isDamageSeen = true;
    return { rows, next };
  }

  async incident(id: string): Promise<ListedIncident | null> {
    return this.#noting(() => this.#incidents.get(id));
  }

  async incidentFacets(filter: IncidentFilter): Promise<IncidentFacets> {
    const { columns, found } = await this.#found(filter);
    return columns.facets(found);
  }

  async incidentKeys(filter: IncidentFilter, most: number): Promise<{ count: number; keys: IncidentKey[] | null }> {
    const { columns, found } = await this.#found(filter);
    return columns.keys(found, most);
  }

  async history(query: HistoryQuery): Promise<readonly HistoryDay[]> {
    return this.#noting(() => this.#incidents.history(query));
  }

  async dueByDay(filter: IncidentFilter, now: number, days: number): Promise<DueByDay> {
    const { columns, found } = await this.#found(filter);
    return columns.dueByDay(found, now, days);
  }

  async openByPlant(): Promise<ReadonlyMap<string, OpenSeverities>> {
    const { columns } = await this.#found({});
    return columns.openByPlant();
  }

  async bringMembersOver(): Promise<number> {
    return this.#transact(() => this.#bringMembersOver());
  }

  async bringIncidentsOver(now: number): Promise<boolean> {
    return this.#transact(() => this.#bringIncidentsOver(now));
  }

  async gone(device: string, ordinal: number): Promise<GoneIncident | null> {
    return this.#incidents.gone(device, ordinal);
  }

  async devices(query: DeviceQuery): Promise<Page<Device>> {
    const found = this.#devices.list({ ...query, limit: query.limit + 1 });
    const { rows, next } = page(found, query.limit, ({ key }) => key);
    if (rows.some(({ device }) => device === null)) this.#isDamageSeen = true;
    return { rows: rows.flatMap(({ device }) => device ?? []), next };
  }

  async devicesOf(keys: readonly string[]): Promise<readonly Device[]> {
    const found = this.#devices.listOf(keys);
    if (found.some(({ device }) => device === null)) this.#isDamageSeen = true;
    return found.flatMap(({ device }) => device ?? []);
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return this.#evidence.checked(device, ordinal).flatMap(({ row, intact }) => (intact === false ? [] : row));
  }

  async checkedEvidence(device: string, ordinal: number): Promise<readonly CheckedEvidence[]> {
    return this.#evidence.checked(device, ordinal);
  }

  async messages(query: MessageQuery): Promise<Page<Evidence>> {
    return this.#evidence.messages(query);
  }

  async timeline(query: TimelineQuery): Promise<Page<TimelineRow>> {
    return this.#read(() => {
      const device = this.#devices.load(query.device) ?? null;
      const sources = device === null ? null : gapSourcesOf(device, this.#names.namesOf(query.device));
      return this.#timeline.page(query, device, sinceOf(query, device), sources);
    });
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
    return this.#unparsed.list(query);
  }

  async unparsedGroups(filter: UnparsedFilter): Promise<readonly UnparsedGroup[]> {
    return this.#unparsed.groups(filter);
  }

  async counts(now: number): Promise<Counts> {
    const incidents = (await this.#incidents.index.columns()).counts();
    // This query reads the index of all grace periods that run.
    const counts = this.#fleetCounts;
    const recoveryHidden = counts.count('all', 'level-too-low');
    const grace = { ...this.#fleet.grace(now), bounded: counts.count('all', 'bounded') };
    return { incidents, devices: counts.conditions(), grace, recoveryHidden, notCounted: this.#devices.unprojected() };
  }

  async notCounted(): Promise<number> {
    return withOperatingErrors(this.#database, () => this.#devices.unprojected());
  }

  async fleet(now: number): Promise<Fleet> {
    return this.#fleetCounts.fleet(now);
  }

  async heardByPlant(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#fleetCounts.heardByPlant(names);
  }

  async plant(name: string, now: number): Promise<{ readonly group: Group; readonly heardAt: number | null } | null> {
    return this.#fleetCounts.plant(name, now);
  }

  async grace(plant: string | undefined, now: number): Promise<GraceWeeks> {
    return this.#fleetCounts.graceWeeks(plant, now);
  }

  async fleetContext(of: FleetMember, wasDown: (peer: string | null) => boolean): Promise<FleetContext> {
    return this.#fleetContext.of(of, wasDown);
  }

  async urgent(query: PageQuery & { readonly plant?: string | undefined }): Promise<Page<string>> {
    return this.#fleetMembers.urgent(query);
  }

  async plantsOf(keys: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    return this.#fleetMembers.plantsOf(keys);
  }

  async members(query: MemberQuery): Promise<Page<Member>> {
    return this.#fleetMembers.list(query, this.#named(query.q));
  }

  async facets(filter: MemberFilter): Promise<Facets> {
    return this.#fleetMembers.facets(filter, this.#named(filter.q));
  }

  async *recount(now: number): AsyncIterable<RecountDifference> {
    yield* this.#recount.differences();
    for (const { plant, kept, counted } of this.#incidents.differences())
      yield `the days of ${scopeText(plant)} end with ${kept} open incidents, and ${counted} are open`;
    for (const { plant, days, last } of this.#incidents.futureDays(now)) yield futureDaysText(plant, days, last);
  }

  async series(query: PageQuery & { readonly now: number }): Promise<Page<SeriesRow>> {
    return this.#fleet.series(query);
  }

  /** Marks the file, so that a copy without its log is recognised. For the service, from time to time. */
  markFile(): void {
    withOperatingErrors(this.#database, () => markFile(this.#database));
  }

  async ping(): Promise<void> {
    withOperatingErrors(this.#database, () => {
      this.#lock?.requireHeld();
      requireInPlace(this.#database);
      this.#database.prepare('SELECT 1').get();
    });
  }

  async close(): Promise<void> {
    // Of a service only: it is what has to be ready soon.
    const isClean = this.#lock !== null && this.#corrupt === null && isInPlace(this.#database);
    this.#database.close();
    if (isClean) noteCleanStop(this.#database.name);
    this.#lock?.release();
  }

  /**
   * An immediate transaction locks the file from its beginning: caches that are valid then stay valid until its end. It is
   * rolled back where the file is not in its place any more.
   */
  #transaction<A extends unknown[], T>(work: (...args: A) => T): (...args: A) => T {
    return this.#database.transaction((...args: A) => {
      try {
        const result = work(...args);
        this.#members.flush();
        this.#incidents.flush();
        this.#lock?.requireHeld();
        requireInPlaceForCommit(this.#database);
        return result;
      } catch (error) {
        this.#members.clear();
        throw error;
      }
    }).immediate;
  }

  #read<T>(read: () => T): T {
    return this.#noting(() => {
      this.#clearStaleCaches();
      return read();
    });
  }

  /** After a failed transaction the caches may have rows that the file does not have. */
  #transact<T>(transaction: () => T, { mending = false } = {}): T {
    try {
      const result = transaction();
      this.#incidents.commit();
      if (!mending) this.#corrupt = null;
      return result;
    } catch (error) {
      this.#clearCaches();
      const operating = toOperatingError(error, this.#database.name);
      throw mending ? operating : this.#asRowDamaged(operating);
    }
  }

  /** What a damaged row or its index may be the reason of is tried once to be mended. */
  #asRowDamaged(error: unknown): unknown {
    if (!(error instanceof OperatingError)) return error;
    if (error.code === 'QVW_ROW_DAMAGED') this.#isDamageSeen = true;
    if (error.code !== 'QVW_DATABASE_DAMAGED' || this.#corrupt === 'mended') return error;
    this.#isDamageSeen = true;
    this.#corrupt = 'found';
    return rowDamaged(this.#database.name, 'something', error);
  }

  /** Throws `QVW_ROW_DAMAGED` where a damaged row was seen: whoever looks for deadlines will have it mended. */
  #requireMended(): void {
    for (const id of this.#damagedRows.keys()) if (this.#knownDamaged.has(id)) this.#damagedRows.delete(id);
    if (this.#isDamageSeen || this.#damagedRows.size > 0)
      throw rowDamaged(this.#database.name, 'a device or an incident');
  }

  #noting<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#asRowDamaged(toOperatingError(error, this.#database.name));
    }
  }

  /** Another number after each change of the fleet, also if another process has made it. */
  #changeNumber(): number {
    return this.#members.changes + (this.#selectDataVersion.get() ?? 0) * 2 ** 32;
  }

  /** Keys of the devices that have this name. */
  #named(name: string | undefined): string[] {
    if (name === undefined) return [];
    const keys = this.#names.find([aliasOf(name), aliasOfSerial(name)]).values();
    return [...new Set(keys)].filter((key) => key !== null);
  }

  #known({ names, keys, newDevices }: About): Known {
    this.#clearStaleCaches();
    const aliases = this.#names.find(names);
    // Without the name the line would be another device's.
    for (const { table } of this.#damagedRows.values())
      if (table === 'alias') throw rowDamaged(this.#database.name, 'a name');
    const room = this.#devices.capacityFor(newDevices);
    const devices = this.#load(keysIn(aliases, keys));
    const further = this.#load(furtherKeys(devices.values()));
    return { aliases, devices: further.size === 0 ? devices : new Map([...devices, ...further]), room };
  }

  #load(keys: Iterable<string>): ReadonlyMap<string, Device> {
    const found = new Map<string, Device>();
    for (const key of keys) {
      const device = this.#devices.load(key);
      if (device !== undefined) found.set(key, device);
    }
    return found;
  }

  #clearStaleCaches(): void {
    const dataVersion = this.#selectDataVersion.get() ?? -1;
    if (dataVersion !== this.#dataVersion) this.#clearCaches();
    this.#dataVersion = dataVersion;
  }

  #clearCaches(): void {
    this.#devices.clearCache();
    this.#names.clearCache();
    this.#evidence.clearCache();
    this.#incidents.rollBack();
  }

  /** The columns of all incidents, and the devices that a filter is about. */
  async #found(filter: IncidentFilter): Promise<{ columns: IncidentColumns; found: FoundIncidents }> {
    const slices = new Slices();
    for (let tries = 1; ; tries++) {
      const columns = await this.#incidents.index.columns();
      if (filter.about === undefined) return { columns, found: { filter } };
      const devices = columns.chosen();
      for (const keys of this.#names.beginningWith(filter.about.names)) {
        devices.add(keys);
        await slices.next();
      }
      // What is in memory is read again where another process has written meanwhile.
      const isSame = columns === (await this.#incidents.index.columns());
      if (isSame || tries >= TRIES) return { columns, found: { filter, devices } };
    }
  }
}

/** Transactions that were lost with a damaged write-ahead log, as a damaged row. */
function lostWith(log: { readonly copy: string; readonly commits: number } | null) {
  if (log === null) return null;
  const why = `${log.commits} transactions or more behind its damage are lost, with what they stored; this copy of the log is kept`;
  return { table: 'wal', name: log.copy, rowid: 0, why } as const;
}
