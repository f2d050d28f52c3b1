/** The HTTP server as the app builds it, with a store in memory that the test fills. */

import type { Test } from 'tap';
import type { Observation } from '../../src/core/model/observation.ts';
import { DeviceLoss } from '../../src/operate/device-loss.ts';
import { FleetReport } from '../../src/operate/fleet-report.ts';
import { Operations } from '../../src/operate/operations.ts';
import { ChangeFeed } from '../../src/serve/change-feed.ts';
import { DeviceNews } from '../../src/serve/device-news.ts';
import { makeReadiness } from '../../src/serve/readiness.ts';
import { HttpServer } from '../../src/serve/server.ts';
import type { Serving } from '../../src/serve/serving.ts';
import { MemoryStore } from '../../src/store/memory/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { advisory, T0 } from '../given.ts';
import { commitObservations } from '../store/stores.ts';
import { anyProcess } from '../telemetry/any-process.ts';

/** `over`: replaces parts of a service that works. */
export function serving(t: Test, over: Partial<Serving> = {}) {
  const store = new MemoryStore(projectionOf(advisory));
  const [feed, news] = [new ChangeFeed(), new DeviceNews()];
  const now = () => T0;
  const logged: string[] = [];
  const take = (_fields: unknown, message: string) => void logged.push(message);
  const log = { info: take, warn: take, error: take, debug: take } as unknown as Log;
  const readiness = makeReadiness(over.store ?? store, log, now);
  const gauges = {
    ...{ counts: () => store.counts(T0), queueLines: () => 0, streamListeners: () => 0, kernelDrops: async () => 0 },
    ...{
      losses: async () => [],
      pendingNotices: async () => [],
      setAside: async () => 0,
      clockSteps: () => 0,
      clockOffset: () => null,
      process: () => anyProcess,
      lastReload: () => ({ successful: true, at: 0 }),
      damaged: () => store.countDamaged(),
    },
    ...{ logDrops: () => 0, onStoreError: () => {} },
  };
  const engine = {
    ...{ advisory, sinks: [], onRetry: () => {}, sinkStates: async () => [], testSink: async () => null },
    operations: new Operations({ store, advisory, now, onCommit: () => {} }),
    fleetReport: new FleetReport(store, advisory, now),
  };
  const metrics = new Metrics(advisory, gauges);
  const server = new HttpServer({
    ...{ store, advisory, now, feed, news, metrics },
    tls: null,
    access: () => ({ readTokens: [], writeTokens: [], publicUrl: null, metrics: 'open', insecure: false }),
    reload: async () => ({ changed: [], needsRestart: [] }),
    engine: () => engine,
    losses: new DeviceLoss(store, async () => []),
    senderLosses: async () => [],
    sendersHeard: async () => 0,
    backups: { run: () => Promise.reject(new Error('no backups in this test')) },
    log,
    readiness,
    onShort: () => {},
    about: () => ({
      ...{ version: '1.2.3', node: 'v24.0.0', startedAt: T0, listening: {}, configuration: {} },
      reload: { successful: true, at: T0, triedAt: null, problem: null, changed: [] },
      ...{ needsRestart: [], keysOfStart: [], limits: {}, process: { heapLimitBytes: 1, fileDescriptors: null } },
    }),
    health: () => ({ queueLines: 0, spillLines: 0, clock: { steps: 0, heldMs: 0 }, lastLineAt: null }),
    ...over,
  });
  t.teardown(() => server.stop());
  const commit = async (...observations: Observation[]) => commitObservations(store, observations);
  return { server, metrics, readiness, store, feed, logged, commit, engine };
}
