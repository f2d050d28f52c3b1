import type { Device } from '../../core/model/device.ts';
import type { Aliases } from '../../core/model/names.ts';
import type { Batch, CommitResult } from './batch.ts';

/** The part of a store that deciding about lines needs. Times are milliseconds. Failures are `OperatingError`s. */
export interface DecidingStore {
  /** Whether committed evidence can be queried afterwards. Where it is false, callers need not make any. */
  readonly keepsEvidence: boolean;
  /** The devices with these keys. Keys without a device are left out. */
  load(keys: Iterable<string>): Promise<ReadonlyMap<string, Device>>;
  /** What is known of these names. */
  aliases(names: Iterable<string>): Promise<Aliases>;
  /**
   * How many of `wanted` new devices fit below the limit, if the devices that may be evicted are evicted for them. Devices
   * that were loaded before this call may have another version afterwards.
   */
  capacityFor(wanted: number): Promise<number>;
  /** All or nothing. The stored version of each device becomes the given one plus one. */
  commit(batch: Batch): Promise<CommitResult>;
  /** Devices whose deadline (`deadlineOf`) is at or before `now`, the longest overdue first. */
  due(now: number, limit: number): Promise<readonly Device[]>;
}
