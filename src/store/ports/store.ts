import type { AlertLog } from './alert-log.ts';
import type { DamageStore } from './damage.ts';
import type { DecidingStore } from './devices.ts';
import type { FleetStore } from './fleet.ts';
import type { GapStore } from './gaps.ts';
import type { LossSourceStore } from './loss-sources.ts';
import type { OtherInstances } from './others.ts';
import type { Outbox } from './outbox.ts';
import type { StoreQueries } from './queries.ts';
import type { RejudgingStore } from './rejudging.ts';
import type { RetentionStore } from './retention.ts';

/** How many rows of each kind a store may hold. The default of a bound is its value in `limits`. */
export type StoreBounds = {
  readonly devices?: number;
  readonly aliases?: number;
  readonly unparsedRows?: number;
  readonly transitionRows?: number;
  readonly goneIncidents?: number;
  readonly incidentRows?: number;
  readonly gapRows?: number;
};

/**
 * Where devices and incidents are stored. Methods are asynchronous and devices have versions, so that an engine may be
 * a database that several instances share. Times are milliseconds. Failures are `OperatingError`s.
 */
export interface Store extends DecidingStore, RejudgingStore, DamageStore, RetentionStore, StoreQueries, FleetStore {
  readonly outbox: Outbox;
  readonly alerts: AlertLog;
  readonly sources: LossSourceStore;
  readonly gaps: GapStore;
  /** What other instances store; null for a store that one service has. */
  readonly others: OtherInstances | null;
  /** The clock of the server, milliseconds since 1970, which decides where several instances share it; null: this machine's does. */
  readonly serverTime: (() => Promise<number>) | null;
  /** Deletes these devices with everything that is stored about them. `by`: who wanted it; null where nobody says so. */
  forget(keys: readonly string[], now: number, by?: string | null): Promise<void>;
  /** Whether a turn of a former run was stored that was not answered (`fateOf`); to be asked before anything is decided. */
  wasStored?(turn: string): Promise<boolean>;
  /** Throws if the store cannot be read. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
