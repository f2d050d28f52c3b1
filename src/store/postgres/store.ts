import type { Known } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { Device } from '../../core/model/device.ts';
import type { Aliases } from '../../core/model/names.ts';
import { aliasOf, aliasOfSerial } from '../../core/model/names.ts';
import { OperatingError } from '../../errors.ts';
import { gapSourcesOf } from '../gap-rows.ts';
import { noDamage } from '../no-damage.ts';
import { page } from '../page.ts';
import type { Batch, Evictions } from '../ports/batch.ts';
import type { About } from '../ports/devices.ts';
import type { MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { HistoryQuery } from '../ports/history.ts';
import type { IncidentFilter, IncidentQuery, ListedIncident } from '../ports/incidents.ts';
import type {
  Counts,
  DeviceQuery,
  DispositionQuery,
  MessageQuery,
  Page,
  PageQuery,
  UnparsedFilter,
  UnparsedQuery,
} from '../ports/queries.ts';
import type { Judge } from '../ports/rejudging.ts';
import type { RetentionPolicy } from '../ports/retention.ts';
import type { Store, StoreBounds } from '../ports/store.ts';
import type { TimelineQuery } from '../ports/timeline.ts';
import type { Projection } from '../projection.ts';
import { isEmpty, lockKnown, nothingEvicted, type Tables, writeBatch } from './commit.ts';
import { DaySums, PostgresDays } from './days.ts';
import { PostgresDevices } from './devices.ts';
import { PostgresEvidence } from './evidence.ts';
import * as fleet from './fleet.ts';
import * as lists from './incident-lists.ts';
import { LAST_ORDINAL, PostgresIncidents } from './incidents.ts';
import { PostgresSources } from './loss-sources.ts';
import { PostgresNames } from './names.ts';
import { PostgresOthers } from './others.ts';
import { PostgresOutbox } from './outbox.ts';
import type { Pools } from './pools.ts';
import { type Beats, Presence } from './presence.ts';
import { differencesIn } from './recount.ts';
import { PostgresRejudging } from './rejudging.ts';
import { PostgresRetention } from './retention.ts';
import type { Session } from './session.ts';
import { PostgresAlerts, PostgresGaps, PostgresInventoryChanges } from './side-rows.ts';
import { timelineOf } from './timeline.ts';
import { type Turn, Turns } from './turns.ts';
import { PostgresUnparsed } from './unparsed.ts';

/** Devices of a former version that one transaction counts. */
const MEMBERS_AT_ONCE = 100;

/** `instance`: stable, and used by one process at a time. `where`: host and database, for people. */
export type StoreOptions = {
  readonly instance: string;
  readonly where: string;
  readonly newId?: () => string;
  readonly bounds?: StoreBounds;
  readonly beats?: Beats | undefined;
  /** The version of the schema that this program is of. */
  readonly schema?: number;
};

/** The store on PostgreSQL, which several instances of the service share. It keeps nothing in memory but counts of rows. */
export class PostgresStore implements Store {
  readonly keepsEvidence = true;
  readonly outbox: PostgresOutbox;
  readonly alerts: PostgresAlerts;
  readonly sources: PostgresSources;
  readonly gaps: PostgresGaps;
  readonly others: PostgresOthers;
  readonly #pools: Pools;
  readonly #presence: Presence;
  readonly #turns: Turns;
  readonly #read: Session;
  readonly #projection: Projection;
  readonly #tables: Tables;
  readonly #rejudging: PostgresRejudging;
  readonly #retention: PostgresRetention;

  constructor(
    pools: Pools,
    projection: Projection,
    { instance, where, newId, bounds = {}, beats, schema }: StoreOptions,
  ) {
    this.#pools = pools;
    this.#projection = projection;
    this.#turns = new Turns(pools, { instance, where, holdName: (session) => this.#presence.holdName(session) });
    this.#read = this.#turns.reading();
    this.#presence = new Presence({ session: this.#read, work: this.#turns.name, instance, beats, schema });
    const deliver = this.#turns.deliver;
    this.outbox = new PostgresOutbox(instance, deliver, newId);
    this.alerts = new PostgresAlerts(deliver, this.#presence.holder);
    this.sources = new PostgresSources(deliver, instance);
    this.gaps = new PostgresGaps(deliver, instance, bounds.gapRows);
    this.others = new PostgresOthers(
      this.#read,
      instance,
      () => performance.now(),
      (by) => this.#presence.judgeBy(by),
    );
    this.#tables = {
      devices: new PostgresDevices(projection, bounds.devices),
      names: new PostgresNames(bounds.aliases),
      incidents: new PostgresIncidents(projection, instance, bounds),
      evidence: new PostgresEvidence(instance),
      unparsed: new PostgresUnparsed(bounds.unparsedRows),
      inventory: new PostgresInventoryChanges(instance),
      outbox: this.outbox,
      days: new PostgresDays(instance),
    };
    this.#rejudging = new PostgresRejudging(this.#tables);
    this.#retention = new PostgresRetention(this.#tables, bounds.incidentRows);
  }

  /** For a service: the name of the instance is this process's until `close()`. */
  async serve(): Promise<void> {
    const [moving] = await this.#read.rows<{ source: string }>('SELECT source FROM moving');
    if (moving !== undefined)
      throw new OperatingError(
        'QVW_REFUSED',
        `a move from ${moving.source} into this database is at work, or was broken off: finish it with migrate`,
      );
    await this.others.readDatabase();
    await this.#presence.take(this.#projection.judgedBy());
  }

  async commit(about: About, fold: (known: Known) => Batch): Promise<Evictions> {
    let folded: Known | null = null;
    const { known, evictions } = await this.#decide(async (session, turn) => {
      const known = await lockKnown(session, about, this.#tables);
      folded = known;
      const batch = fold(known);
      turn.isEmpty = isEmpty(batch);
      const evictions = turn.isEmpty ? nothingEvicted : await writeBatch(session, batch, known, this.#tables);
      return { known, evictions };
    }, about);
    // An earlier call has stored it and had no answer: the caller learns from its fold what was decided.
    if (folded !== known) fold(known);
    return evictions;
  }

  fateOf(about: About) {
    return this.#turns.fateOf(about);
  }

  async wasStored(turn: string): Promise<boolean> {
    return this.#turns.wasStored(turn);
  }

  async due(now: number, limit: number, fold: (devices: ReadonlyMap<string, Device>) => Batch) {
    return this.#decide(async (session, turn) => {
      const devices = await this.#tables.devices.lockDue(session, now, limit);
      turn.isEmpty = devices.size === 0;
      if (turn.isEmpty) return null;
      return writeBatch(session, fold(devices), { aliases: new Map() }, this.#tables);
    });
  }

  async forget(keys: readonly string[], now: number): Promise<void> {
    const { devices, names, incidents, evidence, inventory, outbox, days } = this.#tables;
    await this.#decide(async (session) => {
      const sums = new DaySums();
      const known = await devices.lock(session, keys);
      for (const key of keys) {
        const device = known.get(key);
        if (device !== undefined)
          await this.gaps.forget(session, gapSourcesOf(device, await names.namesOf(session, key)));
        await incidents.removeUpTo(session, key, LAST_ORDINAL, now, sums);
        await incidents.gone.removeDevice(session, key);
        await outbox.forget(session, key);
      }
      await devices.remove(session, keys);
      await names.remove(session, keys);
      await evidence.removeDevices(session, keys);
      await inventory.removeDevices(session, keys);
      await session.run('DELETE FROM set_aside WHERE key = ANY($1)', keys);
      await days.write(session, sums);
    });
  }

  async moveRetention(now: number, passedMs: number): Promise<number> {
    return this.#decide((session) => this.#retention.move(session, now, passedMs));
  }

  async retain(policy: RetentionPolicy) {
    return this.#decide((session) => this.#retention.step(session, policy));
  }

  /** PostgreSQL gives the space of deleted rows to new ones (autovacuum). */
  async makeShrinkable(): Promise<null> {
    return null;
  }

  async shrink(): Promise<false> {
    return false;
  }

  async unjudged() {
    const groups = await this.#tables.devices.unjudgedBy(this.#read);
    return { count: groups.reduce((sum, { count }) => sum + count, 0), by: groups.map(({ by }) => by) };
  }

  async judgeAnew(limit: number, judge: Judge) {
    return this.#decide(async (session) => {
      const sums = new DaySums();
      const judged = await this.#rejudging.judgeAnew(session, limit, judge, sums);
      await this.#tables.days.write(session, sums);
      return judged;
    });
  }

  async markBeyond(now: number, setBackMs: number): Promise<number> {
    return this.#decide((session) => this.#rejudging.markBeyond(session, now, setBackMs));
  }

  async bringMembersOver(): Promise<number> {
    return this.#decide((session) => this.#tables.devices.reproject(session, MEMBERS_AT_ONCE));
  }

  /** No version of this engine was without what incidents are found by. */
  async bringIncidentsOver(): Promise<false> {
    return false;
  }

  async countSetAside(): Promise<number> {
    const [row] = await this.#read.rows<{ count: number }>('SELECT count(*) AS count FROM set_aside');
    return row?.count ?? 0;
  }

  /** PostgreSQL looks after its pages itself (data checksums, amcheck). */
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

  async load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>> {
    return this.#tables.devices.load(this.#read, keys);
  }

  async aliases(names: Iterable<string>): Promise<Aliases> {
    return this.#tables.names.find(this.#read, names);
  }

  async capacityFor(wanted: number): Promise<number> {
    return this.#tables.devices.capacityFor(this.#read, wanted);
  }

  async namesOf(key: string): Promise<readonly string[]> {
    return this.#tables.names.namesOf(this.#read, key);
  }

  async devicesNamed(starts: readonly string[], most: number): Promise<readonly string[]> {
    return this.#tables.names.firstBeginningWith(this.#read, starts, most);
  }

  async incidents(query: IncidentQuery): Promise<Page<ListedIncident>> {
    const { keys, next } = await lists.pageOfKeys(this.#read, query);
    return { rows: await this.#tables.incidents.rows.at(this.#read, keys), next };
  }

  async incident(id: string): Promise<ListedIncident | null> {
    return this.#tables.incidents.rows.get(this.#read, id);
  }

  async incidentFacets(filter: IncidentFilter) {
    return lists.facetsOf(this.#read, filter);
  }

  async incidentKeys(filter: IncidentFilter, most: number) {
    return lists.keysOf(this.#read, filter, most);
  }

  async history(query: HistoryQuery) {
    return this.#tables.days.history(this.#read, query);
  }

  async dueByDay(filter: IncidentFilter, now: number, days: number) {
    return lists.dueByDay(this.#read, filter, now, days);
  }

  async openByPlant() {
    return lists.openByPlant(this.#read);
  }

  async gone(device: string, ordinal: number) {
    return this.#tables.incidents.gone.find(this.#read, device, ordinal);
  }

  async devices(query: DeviceQuery): Promise<Page<Device>> {
    const found = await this.#tables.devices.list(this.#read, { ...query, limit: query.limit + 1 });
    return page(found, query.limit, ({ key }) => key);
  }

  async devicesOf(keys: readonly string[]): Promise<readonly Device[]> {
    return [...(await this.load(keys)).values()];
  }

  async evidence(device: string, ordinal: number): Promise<readonly Evidence[]> {
    return (await this.checkedEvidence(device, ordinal)).flatMap(({ row, intact }) => (intact === false ? [] : row));
  }

  async checkedEvidence(device: string, ordinal: number) {
    return this.#tables.evidence.checked(this.#read, device, ordinal);
  }

  async messages(query: MessageQuery) {
    return this.#tables.evidence.messages(this.#read, query);
  }

  async timeline(query: TimelineQuery) {
    const device = (await this.load([query.device])).get(query.device) ?? null;
    const sources = device === null ? null : gapSourcesOf(device, await this.namesOf(query.device));
    return timelineOf(this.#read, query, device, sources);
  }

  async transitions(device: string, ordinal: number) {
    return this.#tables.incidents.changes.transitions(this.#read, device, ordinal);
  }

  async notes(device: string, ordinal: number) {
    return this.#tables.incidents.changes.notes(this.#read, device, ordinal);
  }

  async dispositions(query: DispositionQuery) {
    return this.#tables.incidents.changes.dispositions(this.#read, query);
  }

  async unparsed(query: UnparsedQuery) {
    return this.#tables.unparsed.list(this.#read, query);
  }

  async unparsedGroups(filter: UnparsedFilter) {
    return this.#tables.unparsed.groups(this.#read, filter);
  }

  async counts(now: number): Promise<Counts> {
    const [incidents, devices, notCounted] = await Promise.all([
      lists.countsOf(this.#read),
      fleet.deviceCounts(this.#read, now),
      this.notCounted(),
    ]);
    return { incidents, ...devices, notCounted };
  }

  async notCounted(): Promise<number> {
    return this.#tables.devices.unprojected(this.#read);
  }

  async fleet(now: number) {
    return fleet.fleetOf(this.#read, now);
  }

  async plant(name: string, now: number) {
    return fleet.plantOf(this.#read, name, now);
  }

  async heardByPlant(names: readonly string[]) {
    return fleet.heardByPlant(this.#read, names);
  }

  async grace(plant: string | undefined, now: number) {
    return fleet.graceWeeks(this.#read, plant, now);
  }

  async fleetContext(...[of, wasDown]: Parameters<Store['fleetContext']>) {
    return fleet.fleetContext(this.#read, of, wasDown);
  }

  async urgent(query: PageQuery & { readonly plant?: string | undefined }) {
    return fleet.urgent(this.#read, query);
  }

  async plantsOf(keys: readonly string[]) {
    return fleet.plantsOf(this.#read, keys);
  }

  async members(query: MemberQuery) {
    return fleet.members(this.#read, query, await this.#named(query.q));
  }

  async facets(filter: MemberFilter) {
    return fleet.facets(this.#read, filter, await this.#named(filter.q));
  }

  recount(now: number) {
    const { devices, days } = this.#tables;
    return differencesIn(this.#read, { devices, days, projection: this.#projection }, now);
  }

  async series(query: PageQuery & { readonly now: number }) {
    return fleet.series(this.#read, query);
  }

  readonly serverTime = async (): Promise<number> => {
    const sql = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now';
    const [row] = await this.#read.rows<{ now: number }>(sql);
    return row?.now ?? Number.NaN;
  };

  async ping(): Promise<void> {
    this.#presence.requireTaken();
    await this.#read.rows('SELECT 1 AS one');
  }

  async close(): Promise<void> {
    await this.#presence.leave();
    await Promise.all(Object.values(this.#pools).map((pool) => (pool.ending ? undefined : pool.end())));
  }

  /** Keys of the devices that have this name. */
  async #named(name: string | undefined): Promise<string[]> {
    if (name === undefined) return [];
    const keys = (await this.aliases([aliasOf(name), aliasOfSerial(name)])).values();
    return [...new Set(keys)].filter((key) => key !== null);
  }

  /** What was counted in a transaction that was rolled back is counted anew. */
  async #decide<T>(work: (session: Session, turn: Turn) => Promise<T>, about?: object): Promise<T> {
    this.#presence.requireTaken();
    const clear = () => {
      this.#tables.devices.count.clear();
      this.#tables.names.count.clear();
    };
    return this.#turns.decide(work, clear, about);
  }
}
