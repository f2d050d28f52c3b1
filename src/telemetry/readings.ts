import type { LossTotals } from '../core/loss/ledger.ts';
import type { SinkCounts } from '../store/ports/outbox.ts';
import type { Counts as StoreCounts } from '../store/ports/queries.ts';
import { nullWhileFailing, singleFlight } from './single-flight.ts';

/** Where the values are read. */
export type Gauges = {
  readonly counts: () => Promise<StoreCounts>;
  readonly queueLines: () => number;
  /** Datagrams that the kernel dropped on our sockets since they were opened. */
  readonly kernelDrops: () => Promise<number>;
  /** Lines of the service's own log that were dropped since the process began. */
  readonly logDrops: () => number;
  /** The totals of the loss ledger of each thread. */
  readonly losses: () => Promise<readonly LossTotals[]>;
  /** Pending and dead notices, by sink. */
  readonly pendingNotices: () => Promise<readonly SinkCounts[]>;
  /** Called once when `counts` or `pendingNotices` begin to fail, and with null when both work again. */
  readonly onStoreError: (error: unknown) => void;
};

/** The same for the rows: metrics of one scrape share a reading; null while the store cannot be read. */
export type Readings = Omit<Gauges, 'counts' | 'pendingNotices' | 'onStoreError'> & {
  readonly counts: () => Promise<StoreCounts | null>;
  readonly pendingNotices: () => Promise<readonly SinkCounts[] | null>;
};

export function readingsOf({ onStoreError, ...gauges }: Gauges): Readings {
  const nullable = nullWhileFailing(onStoreError);
  return {
    ...gauges,
    losses: singleFlight(gauges.losses),
    counts: nullable(gauges.counts),
    pendingNotices: nullable(gauges.pendingNotices),
  };
}
