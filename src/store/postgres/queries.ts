import type { Evidence } from '../../core/correlate/evidence.ts';
import type { Device } from '../../core/model/device.ts';
import type { Aliases } from '../../core/model/names.ts';
import { aliasOf, aliasOfSerial } from '../../core/model/names.ts';
import { gapSourcesOf } from '../gap-rows.ts';
import { page } from '../page.ts';
import type { FleetStore, MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { HistoryQuery } from '../ports/history.ts';
import type { IncidentFilter, IncidentQuery, ListedIncident } from '../ports/incidents.ts';
import type {
  Counts,
  DeviceQuery,
  DispositionQuery,
  MessageQuery,
  Page,
  PageQuery,
  StoreQueries,
  UnparsedFilter,
  UnparsedQuery,
} from '../ports/queries.ts';
import type { TimelineQuery } from '../ports/timeline.ts';
import type { Projection } from '../projection.ts';
import * as fleet from './fleet.ts';
import * as lists from './incident-lists.ts';
import * as members from './members.ts';
import { differencesIn } from './recount.ts';
import type { Session } from './session.ts';
import type { Tables } from './tables.ts';
import { timelineOf } from './timeline.ts';

/** What is asked of the store: each question by any connection, and outside of the transactions that decide. */
export class PostgresQueries implements StoreQueries, FleetStore {
  readonly #read: Session;
  readonly #tables: Tables;
  readonly #projection: Projection;

  /** `read`: each statement alone. */
  constructor(read: Session, tables: Tables, projection: Projection) {
    this.#read = read;
    this.#tables = tables;
    this.#projection = projection;
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
    return timelineOf(this.#read, this.#tables.damage, query, device, sources);
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

  async fleetContext(...[of, wasDown]: Parameters<FleetStore['fleetContext']>) {
    return fleet.fleetContext(this.#read, of, wasDown);
  }

  async urgent(query: PageQuery & { readonly plant?: string | undefined }) {
    return members.urgent(this.#read, query);
  }

  async plantsOf(keys: readonly string[]) {
    return members.plantsOf(this.#read, keys);
  }

  async members(query: MemberQuery) {
    return members.members(this.#read, query, await this.#named(query.q));
  }

  async facets(filter: MemberFilter) {
    return members.facets(this.#read, filter, await this.#named(filter.q));
  }

  recount(now: number) {
    const { devices, days } = this.#tables;
    return differencesIn(this.#read, { devices, days, projection: this.#projection }, now);
  }

  async series(query: PageQuery & { readonly now: number }) {
    return members.series(this.#read, this.#tables.damage, query);
  }

  async countSetAside(): Promise<number> {
    const [row] = await this.#read.rows<{ count: number }>('SELECT count(*) AS count FROM set_aside');
    return row?.count ?? 0;
  }

  /** Keys of the devices that have this name. */
  async #named(name: string | undefined): Promise<string[]> {
    if (name === undefined) return [];
    const keys = (await this.aliases([aliasOf(name), aliasOfSerial(name)])).values();
    return [...new Set(keys)].filter((key) => key !== null);
  }
}
