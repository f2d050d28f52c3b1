import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceLoss } from '../operate/device-loss.ts';
import type { FleetReport } from '../operate/fleet-report.ts';
import type { Operations } from '../operate/operations.ts';
import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tokens } from './auth.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Readiness } from './readiness.ts';

/** The parts of the service that the HTTP server needs. */
export type Serving = {
  readonly store: Store;
  readonly advisory: Advisory;
  readonly metrics: Metrics;
  /** Milliseconds. */
  readonly now: () => number;
  readonly tokens: Tokens;
  readonly operations: Operations;
  readonly fleetReport: FleetReport;
  readonly losses: DeviceLoss;
  /** Publishes every change after its commit. */
  readonly feed: Pick<ChangeFeed, 'listeners' | 'subscribe'>;
  /** The names of the sinks that get notices. */
  readonly sinks: readonly string[];
  /** Called after dead letters were made pending again. */
  readonly onRetry: () => void;
  readonly log: Log;
  readonly readiness: Pick<Readiness, 'problem'>;
};
