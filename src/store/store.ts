import type { DeviceChange, Merge } from '../core/correlate/correlate.ts';
import type { Evidence } from '../core/correlate/sighting.ts';
import type { Device } from '../core/device.ts';
import type { Aliases } from '../core/identity.ts';
import type { Severity } from '../core/incident.ts';
import type { IncidentRecord } from '../core/incident-record.ts';

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
export type Note = {
  readonly device: string;
  readonly ordinal: number;
  readonly at: number;
  readonly by: string;
  readonly kind: 'acknowledged' | 'note' | 'closed' | 'reopened';
  readonly text: string;
};

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
  /** When it was decided; transition rows keep it beside their event time. */
  readonly now: number;
};

export type CommitResult =
  | { readonly kind: 'committed'; readonly evicted: number }
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

export type Proof = { readonly row: Evidence; readonly intact: boolean | null };

export type MessageQuery = {
  readonly device?: string | undefined;
  readonly mnemonic?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

export type Page<T> = { readonly rows: readonly T[]; readonly next: string | null };

export type TransitionRow = DeviceChange & { readonly decidedAt: number };

/**
 * Where devices and incidents live. Asynchronous and versioned, so that a store which several instances share can
 * stand behind it. Times are milliseconds. Failures are `OperatingError`s.
 */
export interface Store {
  /** The devices of these keys that there are. */
  load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>>;
  /** What is known of these names. */
  aliases(names: Iterable<string>): Promise<Aliases>;
  /** The names that a device is known by, in the order in which they were learnt. */
  namesOf(key: string): Promise<readonly string[]>;
  /** All or nothing. The stored version of each device becomes the given one plus one. */
  commit(batch: Batch): Promise<CommitResult>;
  /** Devices whose deadline (`deadlineOf`) is at or before `now`, the longest overdue first. */
  due(now: number, limit: number): Promise<readonly Device[]>;
  incidents(query: IncidentQuery): Promise<Page<IncidentRecord>>;
  incident(id: string): Promise<IncidentRecord | null>;
  devices(query: DeviceQuery): Promise<Page<Device>>;
  /** In event-time order. */
  evidence(device: string, ordinal: number): Promise<readonly Evidence[]>;
  /** The evidence in the same order, each with whether it still is what was stored; null: of an older version. */
  proofs(device: string, ordinal: number): Promise<readonly Proof[]>;
  /** Evidence of all devices, the last to come first. */
  messages(query: MessageQuery): Promise<Page<Evidence>>;
  /** In the order in which they were decided. */
  transitions(device: string, ordinal: number): Promise<readonly TransitionRow[]>;
  /** In the order in which they were written. */
  notes(device: string, ordinal: number): Promise<readonly Note[]>;
  /** Lines of ours that the grammar could not read, the latest first. */
  unparsed(query: { after?: string | undefined; limit: number }): Promise<Page<Unparsed>>;
  counts(): Promise<Counts>;
  /** Throws if the store cannot be written to. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type Counts = {
  readonly incidents: readonly { readonly state: string; readonly severity: string; readonly count: number }[];
  readonly devices: readonly { readonly condition: string; readonly count: number }[];
};

/** What a store must know of a device beyond holding it. Pure, given by the composition root. */
export type Projection = {
  readonly incidentOf: (device: Device) => IncidentRecord | null;
  readonly conditionOf: (device: Device) => string;
  /** When time alone will change it next; null for never. */
  readonly deadlineOf: (device: Device) => number | null;
};
