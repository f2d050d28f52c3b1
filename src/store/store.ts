import type { Alert, OpenIncident } from '../core/announce/alerts.ts';
import type { Announcement, NoticeDraft, Written } from '../core/announce/notice.ts';
import type { DeviceChange, Merge } from '../core/correlate/correlated.ts';
import type { Evidence } from '../core/correlate/evidence.ts';
import type { IncidentRecord } from '../core/diagnose/incident-record.ts';
import type { DeviceSeries, Said } from '../core/fleet/device-series.ts';
import type { GraceBucket } from '../core/fleet/fleet-count.ts';
import type { LossRow } from '../core/loss/loss-row.ts';
import type { Device } from '../core/model/device.ts';
import type { Severity } from '../core/model/incident.ts';
import type { Aliases } from '../core/model/names.ts';

/** A line of ours that the grammar could not read, with its reason. */
export type Unparsed = {
  readonly receivedAt: number;
  readonly device: string | null;
  readonly facility: string;
  readonly mnemonic: string;
  readonly why: string;
  readonly raw: string;
};

/** What an operator did or wrote about an incident, beside its state. */
export type Note = Written;

/** What one turn of the pipeline brings: one transaction. Each device has the version that it was loaded with. */
export type Batch = {
  readonly devices: readonly Device[];
  /** Earlier states whose incident is past; their incidents are kept, the states are not. */
  readonly past: readonly Device[];
  readonly changes: readonly DeviceChange[];
  readonly evidence: readonly Evidence[];
  /** Done before anything else: devices that are other devices from now on, then the names that were learnt. */
  readonly merges: readonly Merge[];
  readonly aliases: Aliases;
  readonly unparsed: readonly Unparsed[];
  readonly notes: readonly Note[];
  /** What is to be told of it: rows of the outbox, so that a change and its notices are stored both or not at all. */
  readonly notices: readonly NoticeDraft[];
  /** When it was decided; transition rows keep it beside their event time. */
  readonly now: number;
};

/** What the bounds took in a commit: devices, and past incidents of others, that were forgotten, and notices. */
export type Evictions = {
  readonly evicted: number;
  readonly forgotten: number;
  readonly droppedNotices: readonly DroppedNotices[];
};

export type CommitResult =
  | ({ readonly kind: 'committed' } & Evictions)
  /** Somebody else changed these devices meanwhile; nothing was written. Load them again and decide anew. */
  | { readonly kind: 'conflict'; readonly keys: readonly string[] };

export type IncidentQuery = {
  readonly state?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly device?: string | undefined;
  /** Rows behind this position; the position of the last row of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

export type DeviceQuery = {
  readonly condition?: string | undefined;
  readonly plant?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

export type CheckedEvidence = { readonly row: Evidence; readonly intact: boolean | null };

export type MessageQuery = {
  readonly device?: string | undefined;
  readonly mnemonic?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

export type Page<T> = { readonly rows: readonly T[]; readonly next: string | null };

export type TransitionRow = DeviceChange & { readonly decidedAt: number };

/** Notices that a bound took: `dead` is kept and can be sent again, `dropped` is gone. */
export type DroppedNotices = { readonly sink: string; readonly result: 'dead' | 'dropped'; readonly count: number };

/** One notice to one sink. `attempts`: how often it was tried. Times are milliseconds. */
export type NoticeRow = {
  /** In the order in which they were made. */
  readonly seq: number;
  /** The same for all sinks, tries and restarts. */
  readonly id: string;
  readonly sink: string;
  readonly announcement: Announcement;
  readonly createdAt: number;
  readonly attempts: number;
  /** `dead`: given up, kept until somebody has it sent again. */
  readonly state: 'pending' | 'dead';
  /** When it is tried next; null while an earlier notice of its incident is not settled. */
  readonly nextAt: number | null;
  /** Why the last try failed. */
  readonly error: string | null;
};

/** How a try ended. `nextAt`: when to try again. */
export type Settlement =
  | { readonly result: 'delivered' }
  | { readonly result: 'failed'; readonly nextAt: number; readonly error: string }
  | { readonly result: 'dead'; readonly error: string };

export type NoticeQuery = {
  readonly state?: NoticeRow['state'] | undefined;
  readonly sink?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

export type SinkCounts = {
  readonly sink: string;
  readonly pending: number;
  readonly dead: number;
  /** When the oldest pending one was made; null if none is. */
  readonly oldestAt: number | null;
};

/**
 * Notices that wait for their sinks. Those of one incident go to a sink one after the other. One process delivers; what
 * it was at when it ended is due again afterwards.
 */
export interface Outbox {
  /** The oldest first. */
  due(sink: string, now: number, limit: number): Promise<readonly NoticeRow[]>;
  /** When the next one is due; null if none waits. */
  nextAt(sink: string): Promise<number | null>;
  /** `now`: when the next notice of the same incident may go. */
  settle(seq: number, settlement: Settlement, now: number): Promise<readonly DroppedNotices[]>;
  list(query: NoticeQuery): Promise<Page<NoticeRow>>;
  /** Dead letters are pending again, with all their tries; those of a sink that nobody brings notices to stay. */
  retry(which: Retry, now: number): Promise<Retried>;
  /** Gives up what waits for sinks that there are no more. */
  abandon(sinks: readonly string[], now: number): Promise<readonly DroppedNotices[]>;
  counts(): Promise<readonly SinkCounts[]>;
}

/** `sinks`: those that there are; `sink` and `id`: only these dead letters. */
export type Retry = {
  readonly sinks: readonly string[];
  readonly sink?: string | undefined;
  readonly id?: string | undefined;
};

/** `withoutSink`: dead letters that were meant, too, and stay as they are. */
export type Retried = { readonly retried: number; readonly withoutSink: number };

/** What alerts are made of, and those that a sink was told of. */
export interface AlertLog {
  /** Incidents that are neither resolved nor closed, by device. */
  openIncidents(query: { after?: string | undefined; limit: number }): Promise<Page<OpenIncident>>;
  openIncidentsOf(devices: Iterable<string>): Promise<readonly OpenIncident[]>;
  sent(sink: string): Promise<readonly Alert[]>;
  /** `gone`: keys of alerts that are not told any more. */
  save(sink: string, alerts: readonly Alert[], gone: readonly string[]): Promise<void>;
}

/** What the loss ledger knew when the service was stopped. Empty while it runs. */
export interface LossSourceStore {
  /** Gives all and forgets them: if the service does not end in good order, nothing old is taken for what came last. */
  takeAll(): Promise<readonly LossRow[]>;
  /** What is kept of one, left where it is. `name`: hash of the name that its lines come under, or `NO_NAME`. */
  find(peer: string, name: number): Promise<LossRow | null>;
  /** Of two rows of one source the one with more lines stays. */
  save(rows: readonly LossRow[]): Promise<void>;
}

/** How many of each a store may hold; what is not said is of `limits`. */
export type StoreBounds = {
  readonly devices?: number;
  readonly aliases?: number;
  readonly unparsedRows?: number;
  readonly transitionRows?: number;
};

/**
 * Where devices and incidents live. Asynchronous and versioned, so that a store which several instances share can
 * stand behind it. Times are milliseconds. Failures are `OperatingError`s.
 */
export interface Store {
  /** Whether evidence that is committed can be asked for afterwards; else none need be made. */
  readonly keepsEvidence: boolean;
  /** The devices of these keys that there are. */
  load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>>;
  /** What is known of these names. */
  aliases(names: Iterable<string>): Promise<Aliases>;
  /** The names that a device is known by, in the order in which they were learnt. */
  namesOf(key: string): Promise<readonly string[]>;
  /**
   * How many of so many new devices there is room for, those counted that can be forgotten for them. Devices that were
   * loaded before it may have another version afterwards.
   */
  capacityFor(wanted: number): Promise<number>;
  /** All or nothing. The stored version of each device becomes the given one plus one. */
  commit(batch: Batch): Promise<CommitResult>;
  /** Devices go, with all that was kept of them. */
  forget(keys: readonly string[]): Promise<void>;
  /** Devices whose deadline (`deadlineOf`) is at or before `now`, the longest overdue first. */
  due(now: number, limit: number): Promise<readonly Device[]>;
  incidents(query: IncidentQuery): Promise<Page<IncidentRecord>>;
  incident(id: string): Promise<IncidentRecord | null>;
  devices(query: DeviceQuery): Promise<Page<Device>>;
  /** In event-time order. */
  evidence(device: string, ordinal: number): Promise<readonly Evidence[]>;
  /** The evidence in the same order, each with whether it still is what was stored; null: of an older version. */
  checkedEvidence(device: string, ordinal: number): Promise<readonly CheckedEvidence[]>;
  /** Evidence of all devices, the last to come first. */
  messages(query: MessageQuery): Promise<Page<Evidence>>;
  /** In the order in which they were decided. */
  transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]>;
  /** In the order in which they were written. */
  notes(device: string, ordinal: number): Promise<readonly Note[]>;
  /** Lines of ours that the grammar could not read, the latest first. */
  unparsed(query: { after?: string | undefined; limit: number }): Promise<Page<Unparsed>>;
  /** `now`: what is left of a grace period is counted from it. */
  counts(now: number): Promise<Counts>;
  /** What `/metrics/devices` says, the gravest first, then by device. `now`: what is held no longer is left out. */
  series(query: { now: number; after?: string | undefined; limit: number }): Promise<Page<SeriesRow>>;
  readonly outbox: Outbox;
  readonly alerts: AlertLog;
  readonly sources: LossSourceStore;
  /** Throws if the store cannot be written to. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What decides about lines needs no more of a store. */
export type DecidingStore = Pick<Store, 'keepsEvidence' | 'load' | 'aliases' | 'capacityFor' | 'due' | 'commit'>;

export type SeriesRow = { readonly device: string; readonly lastSeenAt: number | null; readonly series: DeviceSeries };

export type Counts = {
  readonly incidents: readonly { readonly state: string; readonly severity: string; readonly count: number }[];
  readonly devices: readonly { readonly condition: string; readonly count: number }[];
  /** Devices that fail, by what is left of their grace period. */
  readonly grace: Readonly<Record<GraceBucket, number>>;
};

/** What a store must know of a device beyond holding it. Pure, given by the composition root. */
export type Projection = {
  readonly incidentOf: (device: Device) => IncidentRecord | null;
  readonly conditionOf: (device: Device) => string;
  /** Whether it can be forgotten where there are too many, the lowest first; null for never. */
  readonly evictionRank: (device: Device) => number | null;
  /** What `/metrics/devices` says of it, and until when; null for nothing. */
  readonly seriesOf: (device: Device) => Said | null;
  /** Null unless it fails; `until` is null where only an upper bound is known. */
  readonly graceOf: (device: Device) => { until: number | null } | null;
  /** When time alone will change it next; null for never. */
  readonly deadlineOf: (device: Device) => number | null;
};
