import type { Announcement } from '../../core/announce/notice.ts';
import type { Page, PageQuery } from './queries.ts';

/**
 * Notices of one sink that a limit or a failure ended: `dead` ones are kept and can be sent again, `dropped` ones are
 * deleted.
 */
export type DroppedNotices = { readonly sink: string; readonly result: 'dead' | 'dropped'; readonly count: number };

/** One notice to one sink. `attempts`: how many deliveries were tried. Times are milliseconds. */
export type NoticeRow = {
  /** In the order in which the notices were written. */
  readonly seq: number;
  /** The same for all sinks, attempts and restarts. */
  readonly id: string;
  readonly sink: string;
  readonly announcement: Announcement;
  readonly createdAt: number;
  readonly attempts: number;
  /** `dead`: no more attempts are made. The row is kept until an operator sends it again. */
  readonly state: 'pending' | 'dead';
  /** When the next attempt is due; null while an earlier notice of the same incident is pending. */
  readonly nextAt: number | null;
  /** Why the last attempt failed. */
  readonly error: string | null;
};

/** How an attempt ended. `nextAt`: when to try again. */
export type Settlement =
  | { readonly result: 'delivered' }
  | { readonly result: 'failed'; readonly nextAt: number; readonly error: string }
  | { readonly result: 'dead'; readonly error: string };

export type NoticeQuery = PageQuery & {
  readonly state?: NoticeRow['state'] | undefined;
  readonly sink?: string | undefined;
};

/** A notice that a sink has taken. `attempts`: with the one that succeeded. */
export type DeliveredNotice = Pick<NoticeRow, 'id' | 'sink' | 'announcement' | 'createdAt' | 'attempts'> & {
  readonly deliveredAt: number;
};

/** `device`: its key when the notice was written. */
export type DeliveredQuery = PageQuery & { readonly sink?: string | undefined; readonly device?: string | undefined };

export type SinkCounts = {
  readonly sink: string;
  readonly pending: number;
  readonly dead: number;
  /** When the oldest pending notice was written; null if none is pending. */
  readonly oldestAt: number | null;
};

/** `sinks`: all sinks of the configuration; `sink` and `id`: only these dead notices. */
export type Retry = {
  readonly sinks: readonly string[];
  readonly sink?: string | undefined;
  readonly id?: string | undefined;
};

/** `withoutSink`: dead notices that were selected and stay dead, because the configuration has no such sink. */
export type Retried = { readonly retried: number; readonly withoutSink: number };

/**
 * Notices that wait for delivery. The notices of one incident are due at a sink one after the other. One process
 * delivers; an attempt that was under way when the process ended is due again afterwards.
 */
export interface Outbox {
  /** For so long after `due()` no other instance is given its notices, in milliseconds; missing where there is no other one. */
  readonly claimedMs?: number;
  /** The oldest first. */
  due(sink: string, now: number, limit: number): Promise<readonly NoticeRow[]>;
  /** When the next notice is due; null if none is pending. */
  nextAt(sink: string): Promise<number | null>;
  /** Of a notice that `due()` has given. `now`: when it was delivered, and when the next one of the same incident becomes due. */
  settle(seq: number, settlement: Settlement, now: number): Promise<readonly DroppedNotices[]>;
  list(query: NoticeQuery): Promise<Page<NoticeRow>>;
  /** Notices that were delivered, the latest first; at most `limits.deliveredRows` are kept. */
  delivered(query: DeliveredQuery): Promise<Page<DeliveredNotice>>;
  /** Makes dead notices pending again, with 0 attempts. Notices of a sink that is not in `sinks` stay dead. */
  retry(which: Retry, now: number): Promise<Retried>;
  /** Makes the pending notices of all sinks but these dead. */
  abandon(sinks: readonly string[], now: number): Promise<readonly DroppedNotices[]>;
  counts(): Promise<readonly SinkCounts[]>;
}
