import type { DeviceChange } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { DeviceSeries } from '../../core/fleet/device-series.ts';
import type { GraceBucket } from '../../core/fleet/fleet-count.ts';
import type { Device } from '../../core/model/device.ts';
import type { DispositionCount } from '../../core/model/disposition.ts';
import type { Aliases } from '../../core/model/names.ts';
import type { Note, Unparsed } from './batch.ts';
import type { HistoryDay, HistoryQuery } from './history.ts';
import type {
  DueByDay,
  IncidentFacets,
  IncidentFilter,
  IncidentKey,
  IncidentQuery,
  ListedIncident,
  OpenSeverities,
} from './incidents.ts';
import type { TimelineQuery, TimelineRow } from './timeline.ts';

/** One page of a list. `next`: the position to give as `after` for the next page; null on the last page. */
export type Page<T> = { readonly rows: readonly T[]; readonly next: string | null };

/** `after`: `next` of the page before, without which the list starts at its beginning. `limit`: rows of a page. */
export type PageQuery = { readonly after?: string | undefined; readonly limit: number };

export type DeviceQuery = PageQuery & {
  readonly condition?: string | undefined;
  readonly plant?: string | undefined;
  /** Only devices with a deadline at or before this time, or at or before their own last line; milliseconds. */
  readonly dueBy?: number | undefined;
};

/**
 * `from` is included, `to` is not. `plants`: of the device, as the inventory says now; `UNKNOWN`: of none. A list is never
 * empty.
 */
export type MessageQuery = PageQuery & {
  readonly device?: string | undefined;
  readonly plants?: readonly string[] | undefined;
  readonly mnemonics?: readonly string[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/** As in `MessageQuery`; the times are those of receipt. */
export type UnparsedFilter = {
  readonly device?: string | undefined;
  readonly plants?: readonly string[] | undefined;
  readonly facilities?: readonly string[] | undefined;
  readonly mnemonics?: readonly string[] | undefined;
  readonly whys?: readonly string[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

export type UnparsedQuery = PageQuery & UnparsedFilter;

/** Lines of one message that could not be read for one reason. `devices`: how many sent them; `raw`: the last line. */
export type UnparsedGroup = {
  readonly facility: string;
  readonly mnemonic: string;
  readonly why: string;
  readonly count: number;
  readonly devices: number;
  readonly lastAt: number;
  readonly raw: string;
};

/** `since` is included, `until` is not; without them there is no bound. */
export type DispositionQuery = { readonly since?: number | undefined; readonly until?: number | undefined };

/**
 * `intact`: whether the row still has the content that was stored; null where an older version stored no digest of it.
 */
export type CheckedEvidence = { readonly row: Evidence; readonly intact: boolean | null };

/**
 * Where an incident went that is no longer there: it became another one, as two names were one device, or it was
 * withdrawn at this time, in milliseconds of event time.
 */
export type GoneIncident =
  | { readonly movedTo: { readonly device: string; readonly ordinal: number } }
  | { readonly withdrawn: number };

export type TransitionRow = DeviceChange & { readonly decidedAt: number };

export type SeriesRow = { readonly device: string; readonly lastSeenAt: number | null; readonly series: DeviceSeries };

export type Counts = {
  readonly incidents: readonly { readonly state: string; readonly severity: string; readonly count: number }[];
  readonly devices: readonly { readonly condition: string; readonly count: number }[];
  /** Failing devices by the time that remains of their grace period. */
  readonly grace: Readonly<Record<GraceBucket, number>>;
  /** Devices that send no line that could be a recovery. */
  readonly recoveryHidden: number;
  /** Devices of a former version that the others of these counts leave out, as they are not brought over yet. */
  readonly notCounted: number;
};

/** The part of a store that answers questions and writes nothing. Times are milliseconds. */
export interface StoreQueries {
  /** The devices with these keys. Keys without a device are left out. */
  load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>>;
  /** The device keys of these names. Unknown names are left out. */
  aliases(names: Iterable<string>): Promise<Aliases>;
  /** How many of `wanted` new devices fit below the limit, if the devices that may be evicted are evicted for them. */
  capacityFor(wanted: number): Promise<number>;
  /** The names that a device is known by, in the order in which they were learnt. */
  namesOf(key: string): Promise<readonly string[]>;
  /** The keys of the first devices with a name that begins with one of these; names that are the same text first. */
  devicesNamed(starts: readonly string[], most: number): Promise<readonly string[]>;
  /** In the order of `sort`. Any filter in any order takes milliseconds; the event loop is never held for long. */
  incidents(query: IncidentQuery): Promise<Page<ListedIncident>>;
  incident(id: string): Promise<ListedIncident | null>;
  /** How many incidents meet a filter, and which values they have. */
  incidentFacets(filter: IncidentFilter): Promise<IncidentFacets>;
  /** The incidents that meet a filter, in no particular order; null where they are more than `most`, with their number. */
  incidentKeys(filter: IncidentFilter, most: number): Promise<{ count: number; keys: readonly IncidentKey[] | null }>;
  /** What happened on each day, and how many incidents were open at its end. */
  history(query: HistoryQuery): Promise<readonly HistoryDay[]>;
  /** The open incidents that wait for a repair, by when their grace periods end; those within `days` by day. */
  dueByDay(filter: IncidentFilter, now: number, days: number): Promise<DueByDay>;
  /** By the plant's name as lists show it (`UNKNOWN`: none); plants without such an incident are left out. */
  openByPlant(): Promise<ReadonlyMap<string, OpenSeverities>>;
  /**
   * Where an incident went; null if it is there, or if nothing is known of it. After several moves the last incident. An
   * incident that became one which was withdrawn later is withdrawn.
   */
  gone(device: string, ordinal: number): Promise<GoneIncident | null>;
  /** By key. */
  devices(query: DeviceQuery): Promise<Page<Device>>;
  /** The devices with these keys, in their order. Those that are not there, or cannot be read, are left out. */
  devicesOf(keys: readonly string[]): Promise<readonly Device[]>;
  /** In event-time order. */
  evidence(device: string, ordinal: number): Promise<readonly Evidence[]>;
  /** The evidence in the same order, each row with the result of its digest check. */
  checkedEvidence(device: string, ordinal: number): Promise<readonly CheckedEvidence[]>;
  /** Evidence of all devices: the latest received first, or with `mnemonics`, `from` or `to` the latest by its time. */
  messages(query: MessageQuery): Promise<Page<Evidence>>;
  /** What happened to a device or in an incident, the newest first. */
  timeline(query: TimelineQuery): Promise<Page<TimelineRow>>;
  /** In the order in which they were decided. */
  transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]>;
  /** In the order in which they were written. */
  notes(device: string, ordinal: number): Promise<readonly Note[]>;
  /**
   * The last dispositions of all incidents, counted; an incident whose last one is of another time is left out. In no
   * particular order.
   */
  dispositions(query: DispositionQuery): Promise<readonly DispositionCount[]>;
  /** Tracked lines that the grammar could not read, the latest first. */
  unparsed(query: UnparsedQuery): Promise<Page<Unparsed>>;
  /** The same lines by message and reason, the most frequent first. */
  unparsedGroups(filter: UnparsedFilter): Promise<readonly UnparsedGroup[]>;
  /** `now`: the time from which the remaining grace periods are counted. */
  counts(now: number): Promise<Counts>;
  /**
   * The rows of `/metrics/devices`: the most severe first, then by device. `now`: rows that expired by then are left
   * out.
   */
  series(query: PageQuery & { readonly now: number }): Promise<Page<SeriesRow>>;
}
