import type { NoticeDraft, OperatorNote } from '../../core/announce/notice.ts';
import type { DeviceChange, Merge } from '../../core/correlate/correlated.ts';
import type { Evidence } from '../../core/correlate/evidence.ts';
import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import type { Device } from '../../core/model/device.ts';
import type { Aliases } from '../../core/model/names.ts';
import type { DroppedNotices } from './outbox.ts';

/** A tracked line that the grammar could not read. `receivedAt`: milliseconds; `why`: the reason, a word of the API. */
export type Unparsed = {
  readonly receivedAt: number;
  /** Null where the line names no device. */
  readonly device: string | null;
  readonly facility: string;
  readonly mnemonic: string;
  readonly why: string;
  readonly raw: string;
};

/** An action or a text of an operator about an incident. It is stored separately from the incident's state. */
export type Note = OperatorNote;

/** What a person did with devices, and not with their incidents. `by`: null where nobody says who. */
export type DeviceAct = { readonly by: string | null; readonly at: number; readonly devices: readonly string[] };

/**
 * Everything that one batch of lines changes: a store writes it in one transaction. Each device has the version that it
 * was read with.
 */
export type Batch = {
  readonly devices: readonly Device[];
  /** Earlier states of these devices whose incident is over. The store keeps their incidents, but not the states. */
  readonly past: readonly Device[];
  readonly changes: readonly DeviceChange[];
  readonly evidence: readonly Evidence[];
  /** Devices that turned out to be another device. The store applies them first, and the aliases next. */
  readonly merges: readonly Merge[];
  readonly aliases: Aliases;
  readonly unparsed: readonly Unparsed[];
  readonly notes: readonly Note[];
  /** What became another value in the inventory; none if left out. */
  readonly inventory?: readonly InventoryChange[] | undefined;
  /** For other instances to tell; none if left out. */
  readonly act?: DeviceAct | undefined;
  /** Rows of the outbox that announce the changes. A change and its notices are stored both or not at all. */
  readonly notices: readonly NoticeDraft[];
  /** When the batch was decided, in milliseconds. Transition rows have it in addition to their event time. */
  readonly now: number;
};

/** Rows evicted because a limit was exceeded. */
export type EvictedRows = {
  /** Devices. */
  readonly evicted: number;
  /** Past incidents of devices that stay. */
  readonly forgotten: number;
};

/** What a commit evicted because a limit was exceeded. */
export type Evictions = EvictedRows & { readonly droppedNotices: readonly DroppedNotices[] };
