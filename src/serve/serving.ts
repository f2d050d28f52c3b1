import type { Advisory } from '../core/advisory/advisory.ts';
import type { SenderLoss } from '../core/loss/sender-loss.ts';
import type { DeviceLoss } from '../operate/device-loss.ts';
import type { FleetReport } from '../operate/fleet-report.ts';
import type { Operations } from '../operate/operations.ts';
import type { BackupDone } from '../store/ports/backup.ts';
import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Access } from './auth.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { DeviceNews } from './device-news.ts';
import type { HttpTls } from './http-tls.ts';
import type { Readiness } from './readiness.ts';
import type { Reloaded } from './reloaded.ts';

/** The parts that depend on the configuration and the advisory. */
export type ServedEngine = {
  readonly advisory: Advisory;
  readonly operations: Operations;
  readonly fleetReport: FleetReport;
  /** The names of the sinks that get notices. */
  readonly sinks: readonly string[];
  /** Every sink with what waits for it. */
  sinkStates(): Promise<readonly SinkState[]>;
  /** Sends a test notice to a sink and waits for the answers. Null: no sink of this name is configured. */
  testSink(name: string): Promise<SinkTest | null>;
  /** Called after dead letters were made pending again. */
  onRetry(): void;
};

/** `kind`: null: it is not configured any more. `oldestAt`: of those that wait, in milliseconds. */
export type SinkState = {
  readonly name: string;
  readonly kind: string | null;
  readonly urls: readonly string[];
  readonly pending: number;
  readonly dead: number;
  readonly oldestAt: number | null;
};

/** What a sink has answered to a test notice. */
export type SinkTest = {
  readonly delivered: boolean;
  readonly answers: readonly { readonly url: string; readonly status: number | null; readonly error: string | null }[];
};

/** `heldMs`: how far the wall clock is ahead of the time that is used, while a step is not believed. */
export type PipelineHealth = {
  readonly queueLines: number;
  /** Lines of the spill file that were not taken yet. */
  readonly spillLines: number;
  readonly clock: { readonly steps: number; readonly heldMs: number };
  /** When lines were reported last by the threads that receive, in milliseconds; null: none since the start. */
  readonly lastLineAt: number | null;
};

/** What a service says of itself. Times are milliseconds. */
export type About = {
  readonly version: string;
  readonly node: string;
  readonly startedAt: number;
  readonly listening: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** The values in use by key, without secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly reload: {
    readonly successful: boolean;
    readonly at: number;
    readonly triedAt: number | null;
    readonly problem: string | null;
    readonly changed: string[];
  };
  readonly needsRestart: string[];
  readonly keysOfStart: string[];
  readonly limits: Record<string, number>;
  readonly process: { readonly heapLimitBytes: number; readonly fileDescriptors: number | null };
};

/** The parts of the service that the HTTP server needs. */
export type Serving = {
  readonly store: Store;
  /** The engine in use. It is asked for at each request, because it may be replaced between two requests. */
  readonly engine: () => ServedEngine;
  readonly metrics: Metrics;
  /** Milliseconds. */
  readonly now: () => number;
  /** The tokens and the public URL as they are configured now. */
  readonly access: () => Access;
  /** The certificates of the HTTP port at its start; null: plain HTTP. `HttpServer.useTls` replaces them. */
  readonly tls: HttpTls | null;
  /** Reads the configuration again. */
  readonly reload: () => Promise<Reloaded>;
  readonly losses: DeviceLoss;
  /** The senders of which lines are missing or were dropped. */
  readonly senderLosses: () => Promise<readonly SenderLoss[]>;
  /** How many addresses have sent a line within the last hour. */
  readonly sendersHeard: () => Promise<number>;
  readonly backups: { run(): Promise<BackupDone> };
  /** Publishes every change after its commit. */
  readonly feed: Pick<ChangeFeed, 'listeners' | 'subscribe' | 'position' | 'since'>;
  readonly news: Pick<DeviceNews, 'subscribe'>;
  readonly log: Log;
  readonly readiness: Pick<Readiness, 'problem'>;
  readonly health: () => PipelineHealth;
  readonly about: () => About;
  /** A connection was closed because file descriptors are used up. */
  readonly onShort: () => void;
};
