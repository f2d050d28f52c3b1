/** The composition root: every part of the service, built in the order of the path, started and stopped together. */

import { setTimeout as delay } from 'node:timers/promises';
import { advisoryOf } from './config/advisory-file.ts';
import { readCertificates } from './config/certificates.ts';
import { parseAddress } from './config/load.ts';
import { isPublicAddress } from './config/public-address.ts';
import { publicUrlOf } from './config/public-url.ts';
import type { Config } from './config/schema.ts';
import { zoneOffsetOf } from './config/zone.ts';
import type { DeviceChange } from './core/correlate/correlated.ts';
import { liveTime } from './core/read/event-time.ts';
import { OperatingError } from './errors.ts';
import { Notifier } from './notify/notifier.ts';
import { routesOf } from './notify/sinks.ts';
import { DeviceLoss } from './operate/device-loss.ts';
import { FleetReport } from './operate/fleet-report.ts';
import { Operations } from './operate/operations.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { Pump } from './pipeline/pump.ts';
import { IntakeQueue } from './receive/intake-queue.ts';
import { kernelDrops } from './receive/kernel-drops.ts';
import type { Address } from './receive/receiver.ts';
import { dropKey } from './receive/threads/protocol.ts';
import { ReceiveThreads } from './receive/threads/thread-pool.ts';
import { ChangeFeed } from './serve/change-feed.ts';
import { makeReadiness } from './serve/readiness.ts';
import { HttpServer } from './serve/server.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/ports/store.ts';
import { projectionOf } from './store/projection.ts';
import type { Log, OpenLog } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';

/** How often deadlines are looked for while no line comes. */
const DEADLINE_INTERVAL_MS = 1000;

export type Addresses = { udp?: Address; tcp?: Address; tls?: Address; http?: Address };

export type Service = {
  readonly addresses: Addresses;
  readonly store: Store;
  /** Resolves when the service cannot go on. */
  readonly failed: Promise<unknown>;
  /** Receives no more, finishes what it has, closes the store. */
  stop(): Promise<void>;
};

/** Starts everything, or nothing: what was started is stopped again if a later part cannot be. */
export async function startService(
  config: Config,
  log: Omit<OpenLog, 'end'>,
  now: () => number = Date.now,
): Promise<Service> {
  const advisory = await advisoryOf(config);
  const tls = config.syslog.tls === null ? null : certificatesOf(config.syslog.tls, log, now());
  const store = await openStore(config.data, projectionOf(advisory), 'service');
  const stops: (() => Promise<void>)[] = [() => store.close()];
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<unknown>((resolve) => {
      fail = resolve;
    });
    let udpPort: number | null = null;
    let sinks: Notifier | null = null;
    const losses = new DeviceLoss(store, (questions) => threads.losses(questions));
    const metrics: Metrics = new Metrics(
      advisory,
      {
        counts: () => store.counts(now()),
        losses: () => threads.totals(),
        pendingNotices: async () => (await sinks?.pending()) ?? [],
        queueLines: () => queue.length,
        kernelDrops: async () => (udpPort === null ? 0 : ((await kernelDrops(udpPort)) ?? 0)),
        onStoreError: (error) => {
          if (error === null) log.info('the store can be read again: the metrics have its gauges');
          else log.error({ err: error }, 'the store cannot be read: the metrics have no gauges of the store');
        },
        logDrops: log.dropped,
      },
      config.sinks.map(({ name }) => name),
    );
    const queue = new IntakeQueue({
      wake: () => pump.wake(),
      taken: (thread, frames) => threads.taken(thread, frames),
    });
    const feed = new ChangeFeed();
    const readiness = makeReadiness(store, log, now);
    const changed = (changes: readonly DeviceChange[]) => {
      for (const { device, type, from, to, severity, reason } of changes) {
        log.info({ device, change: type, from, to, severity, reason }, 'incident changed');
      }
      feed.publish(changes);
      sinks?.notify(changes);
    };
    const zoneOffset = zoneOffsetOf(config.syslog.zone) ?? (() => 0);
    const routes = routesOf(config.sinks, advisory);
    const time = liveTime(zoneOffset);
    const pipeline = new Pipeline({ store, advisory, time, clock: monotonicSeconds, routes });
    const pump: Pump = new Pump({
      queue,
      pipeline,
      now,
      clock: monotonicSeconds,
      onBatch: (stats, seconds) => {
        metrics.onBatch(stats, seconds, now());
        changed(stats.changes);
      },
      failed: fail,
      troubled: (error) => {
        readiness.onStoreError(error);
        if (error === null) log.info('the store can commit again');
        else log.error({ err: error }, 'the store cannot commit; trying again');
      },
      pause: (ms) => delay(ms),
    });
    stops.push(() => pump.drain());
    const timer = setInterval(() => pump.wake(), DEADLINE_INTERVAL_MS);
    stops.push(async () => clearInterval(timer));

    const { syslog } = config;
    const addressOf = (text: string | null) => (text === null ? null : parseAddress(text));
    const sources = await store.sources.takeAll();
    const threads: ReceiveThreads = new ReceiveThreads({
      settings: { udp: addressOf(syslog.udp), tcp: addressOf(syslog.tcp), tls, allow: syslog.allow, sources },
      now,
      frames: (frames, thread) => queue.put(frames, thread),
      counts: (counts, thread) => {
        metrics.onReceived(counts, thread);
        if ((counts.drops[dropKey('udp', 'queue_full')] ?? 0) > 0) readiness.onDropped();
      },
      links: (links) => {
        for (const [peer, at] of links) pipeline.links.note(peer, at);
      },
      sources: (rows) => store.sources.save(rows),
      warn: (message) => log.warn(message),
      failed: fail,
    });
    const addresses: Addresses = await threads.start();
    stops.push(() => threads.stop());
    udpPort = addresses.udp?.port ?? null;
    if (config.http.listen !== null) {
      const server = new HttpServer({
        store,
        advisory,
        metrics,
        now,
        tokens: config.http,
        operations: new Operations({
          store,
          advisory,
          now,
          routes,
          onCommit: (changes, took) => {
            metrics.onChanges(changes);
            metrics.onEvictions(took, now());
            changed(changes);
          },
        }),
        losses,
        fleetReport: new FleetReport(store, advisory, now, pipeline.links),
        feed,
        sinks: routes.map(({ sink }) => sink),
        onRetry: () => sinks?.notify([]),
        log,
        readiness,
      });
      addresses.http = await server.start(parseAddress(config.http.listen));
      stops.push(() => server.stop());
    }
    sinks = new Notifier({
      sinks: config.sinks,
      store,
      advisory,
      publicUrl: publicUrlOf(config.http, addresses.http),
      now,
      random: Math.random,
      isPublicAddress,
      onResult: (sink, result, count) => metrics.onNotices(sink, result, count, now()),
      log,
    });
    const { stop: stopSinks } = sinks;
    stops.push(() => stopSinks.call(sinks));
    await sinks.start();
    pump.wake();
    return { addresses, store, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function monotonicSeconds(): number {
  return performance.now() / 1000;
}

type Tls = NonNullable<Config['syslog']['tls']>;

/** A certificate that clients will refuse is no reason to receive nothing by UDP and TCP. */
function certificatesOf({ listen, ...files }: Tls, log: Log, now: number) {
  const { cert, key, ca, unusable, untimely } = readCertificates(files, now);
  if (unusable.length > 0) throw new OperatingError('QVW_CONFIG_INVALID', unusable.join('; '));
  for (const warning of untimely) log.warn(warning);
  return { address: parseAddress(listen), cert, key, ca };
}
