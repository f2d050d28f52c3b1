import type { LossTotals } from '../core/loss/ledger.ts';
import type { CheckedTable } from '../store/ports/damage.ts';
import type { SinkCounts } from '../store/ports/outbox.ts';
import type { Counts as StoreCounts } from '../store/ports/queries.ts';
import { nullWhileFailing, singleFlight } from './single-flight.ts';

/** What a scrape shows of the process itself. */
export type ProcessReading = {
  readonly build: { readonly version: string; readonly node: string; readonly advisory: string };
  /** `key`: the key of the configuration that names the file. `until`: the end of its validity, in milliseconds. */
  readonly certificates: readonly { readonly key: string; readonly until: number }[];
  /** How often no file descriptor was to be had, by what needed it. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** Bytes of old objects: what the last full collection has left, and the limit. */
  readonly heap: { readonly live: number; readonly limit: number };
  /** The address of the console, without a slash at the end; null: HTTP is switched off, or not started yet. */
  readonly console: string | null;
};

/** The sources of the values that a scrape reads. */
export type Gauges = {
  readonly counts: () => Promise<StoreCounts>;
  /** Devices that are set aside. */
  readonly setAside: () => Promise<number>;
  /** Steps of the wall clock against the monotonic clock since the start. */
  readonly clockSteps: () => number;
  /** Milliseconds that the clock of the database's server is ahead of this machine's; null where there is none, or it cannot be measured. */
  readonly clockOffset: () => number | null;
  /** The last reload of the configuration; `at`: the last successful one, in milliseconds. */
  readonly lastReload: () => { readonly successful: boolean; readonly at: number };
  /** Damaged rows that were found, by table. */
  readonly damaged: () => Promise<Readonly<Record<CheckedTable, number>>>;
  readonly queueLines: () => number;
  /** Clients of the event stream. */
  readonly streamListeners: () => number;
  readonly process: () => ProcessReading;
  /** Datagrams that the kernel has dropped since the UDP sockets of the service were opened. */
  readonly kernelDrops: () => Promise<number>;
  /** Lines of the service's own log that were dropped since the start of the process. */
  readonly logDrops: () => number;
  /** Totals of the loss ledger of each thread. */
  readonly losses: () => Promise<readonly LossTotals[]>;
  /** Pending and dead notices, by sink. */
  readonly pendingNotices: () => Promise<readonly SinkCounts[]>;
  /** Called with the error when `counts`, `setAside` or `pendingNotices` first fails, and with null when all of them work again. */
  readonly onStoreError: (error: unknown) => void;
};

/** The sources as rows use them: metrics of one scrape share a reading. Null while the store cannot be read. */
export type Readings = Omit<Gauges, 'counts' | 'setAside' | 'damaged' | 'pendingNotices' | 'onStoreError'> & {
  readonly counts: () => Promise<StoreCounts | null>;
  readonly setAside: () => Promise<number | null>;
  readonly damaged: () => Promise<Readonly<Record<CheckedTable, number>> | null>;
  readonly pendingNotices: () => Promise<readonly SinkCounts[] | null>;
};

export function readingsOf({ onStoreError, ...gauges }: Gauges): Readings {
  const nullable = nullWhileFailing(onStoreError);
  return {
    ...gauges,
    losses: singleFlight(gauges.losses),
    counts: nullable(gauges.counts),
    setAside: nullable(gauges.setAside),
    damaged: nullable(gauges.damaged),
    pendingNotices: nullable(gauges.pendingNotices),
  };
}
