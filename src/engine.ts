/**
 * All that depends on the configuration and the advisory: the pipeline, what people do, the sinks and the reports. An engine
 * is never changed. To use another configuration, another engine takes its place, while the store, the sockets and the HTTP
 * port stay as they are.
 */

import { instanceOf } from './config/instance.ts';
import { isPublicAddress } from './config/public-address.ts';
import type { Config } from './config/schema.ts';
import type { Advisory } from './core/advisory/advisory.ts';
import type { DeviceChange, RateLimited } from './core/correlate/correlated.ts';
import { zoneOffsetOf } from './core/decode/zone-offset.ts';
import { liveTime } from './core/read/event-time.ts';
import type { LinkWatch } from './core/read/link-watch.ts';
import { Notifier } from './notify/notifier.ts';
import { addressesOf, routesOf } from './notify/sinks.ts';
import type { SinkTest } from './notify/test-notice.ts';
import { type JudgeAnew, judgingAnew } from './operate/bring-over.ts';
import { FleetReport } from './operate/fleet-report.ts';
import { Operations } from './operate/operations.ts';
import type { BatchStats } from './pipeline/batch-stats.ts';
import type { NewDeviceBounds } from './pipeline/new-devices.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { isIn } from './receive/sender-filter.ts';
import { relayBound, sourceOf } from './receive/senders.ts';
import type { ChangeFeed } from './serve/change-feed.ts';
import type { DeviceNews } from './serve/device-news.ts';
import type { SinkState } from './serve/serving.ts';
import type { StoredElsewhere } from './store/ports/others.ts';
import type { Store } from './store/ports/store.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** The parts of the service that outlive an engine. */
export type EngineParts = {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly feed: ChangeFeed;
  readonly news: DeviceNews;
  readonly links: LinkWatch;
  readonly log: Log;
  /** Milliseconds. */
  readonly now: () => number;
  /** Lines of new devices were refused. */
  readonly onRateLimited: (limited: readonly RateLimited[]) => void;
};

export class Engine {
  readonly advisory: Advisory;
  readonly pipeline: Pipeline;
  readonly operations: Operations;
  readonly fleetReport: FleetReport;
  /** Judges stored devices anew that another advisory, or other rules, judged before. */
  readonly judgeAnew: JudgeAnew;
  /** The names of the sinks that notices are delivered to. */
  readonly sinks: readonly string[];
  readonly #config: Config;
  readonly #parts: EngineParts;
  #publicUrl = '';
  #notifier: Notifier | null = null;

  constructor(config: Config, advisory: Advisory, parts: EngineParts) {
    const { store, links, now } = parts;
    const routes = routesOf(config.sinks, advisory);
    const time = liveTime(zoneOffsetOf(config.syslog.zone) ?? (() => 0));
    this.advisory = advisory;
    this.pipeline = new Pipeline({
      store,
      advisory,
      time,
      clock: monotonicSeconds,
      routes,
      links,
      trusts: trusts(config),
      isRelay: isIn(config.syslog.relays),
      newDevices: newDeviceBounds(config),
      receiver: receiverOf(config),
    });
    this.operations = new Operations({
      store,
      advisory,
      now,
      routes,
      onCommit: (changes, evictions) => {
        parts.metrics.onChanges(changes);
        parts.metrics.onEvictions(evictions, now());
        this.#publish(changes);
      },
      onAct: (act) => {
        parts.feed.publish([], act);
        parts.news.note(act.devices);
      },
    });
    const judge = judgingAnew({ store, advisory, routes, now });
    this.judgeAnew = async () => {
      const batch = await judge();
      if (batch === null) return null;
      parts.metrics.onChanges(batch.changes);
      parts.metrics.onEvictions(batch.evictions, now());
      this.#publish(batch.changes);
      parts.news.noteAll();
      return batch;
    };
    this.fleetReport = new FleetReport(store, advisory, now, links);
    this.sinks = routes.map(({ sink }) => sink);
    this.#config = config;
    this.#parts = parts;
  }

  /**
   * The part of a start that can fail: pending notices of sinks that are not configured any more become dead letters.
   * `publicUrl`: where people reach the service, without a slash at its end.
   */
  async prepare(publicUrl: string): Promise<void> {
    const { store, metrics, now, log } = this.#parts;
    this.#publicUrl = publicUrl;
    for (const { sink, result, count } of await store.outbox.abandon(this.sinks, now())) {
      metrics.onNotices(sink, result, count, now());
      log.warn({ sink, count }, 'the sink is not configured any more: its pending notices became dead letters');
    }
  }

  /** Notifies the sinks from now on; after `prepare()`, and again after `stop()`. */
  start(): void {
    this.#notifier = this.#newNotifier();
    this.#notifier.start();
    this.#parts.news.noteNotices();
  }

  /** Notifies nobody any more; what was not delivered waits in the outbox. */
  async stop(): Promise<void> {
    await this.#notifier?.stop();
  }

  /** A batch of lines was committed, or had nothing to commit. `seconds`: how long it took. */
  onBatch(stats: BatchStats, seconds: number): void {
    const { metrics, now } = this.#parts;
    metrics.onBatch(stats, seconds, now());
    if (stats.rateLimited.length > 0) this.#parts.onRateLimited(stats.rateLimited);
    this.#publish(stats.changes);
    this.#parts.news.note(stats.devices);
  }

  /** Other instances have stored this: it is told here, and counted there. */
  onElsewhere({ changes, notes, acts, devices }: StoredElsewhere): void {
    const { feed, news } = this.#parts;
    if (changes.length > 0)
      this.#publish(
        changes.map(({ of }) => of),
        changes.map(({ instance }) => instance),
      );
    for (const { of } of notes) {
      const { kind, by, at, device, ordinal } = of;
      feed.publish([], { kind, by, at, incidents: [{ device, ordinal }], devices: [device] });
    }
    for (const { of } of acts) feed.publish([], { kind: 'devices', incidents: [], ...of });
    const acted = acts.flatMap(({ of }) => of.devices);
    news.note([...devices, ...acted, ...changes.map(({ of }) => of.device), ...notes.map(({ of }) => of.device)]);
  }

  /** Dead letters are pending again. */
  onRetry(): void {
    this.#notifier?.notify([]);
    this.#parts.news.noteAll();
    this.#parts.news.noteNotices();
  }

  /** Every sink of the configuration, and those that only have notices left. `urls`: without what may be a secret. */
  async sinkStates(): Promise<SinkState[]> {
    const settings = new Map(this.#config.sinks.map((each) => [each.name, each]));
    return (await this.pending()).map(({ sink, ...counts }) => {
      const found = settings.get(sink);
      const urls = found === undefined ? [] : addressesOf(found);
      return { name: sink, kind: found?.kind ?? null, urls, ...counts };
    });
  }

  /** Sends a test notice. Null: no sink of this name is configured. */
  async testSink(name: string): Promise<SinkTest | null> {
    return (await this.#notifier?.test(name)) ?? null;
  }

  /** As `Notifier.pending()`; nothing before `start()`. */
  async pending(): ReturnType<Notifier['pending']> {
    return (await this.#notifier?.pending()) ?? [];
  }

  #newNotifier(): Notifier {
    const { store, metrics, news, now, log } = this.#parts;
    return new Notifier({
      fleetDiagnosisOf: (device) => this.fleetReport.diagnosisOf(device),
      sinks: this.#config.sinks,
      store,
      advisory: this.advisory,
      publicUrl: this.#publicUrl,
      now,
      random: Math.random,
      isPublicAddress,
      onResult: (sink, result, count) => {
        metrics.onNotices(sink, result, count, now());
        news.noteNotices();
      },
      onSettled: (device) => {
        news.note([device]);
        news.noteNotices();
      },
      log,
    });
  }

  /** `by`: which other instances have decided them. */
  #publish(changes: readonly DeviceChange[], by: readonly string[] = []): void {
    const { log, feed } = this.#parts;
    for (const [index, { device, type, from, to, severity, reason }] of changes.entries()) {
      const instance = by[index] === undefined ? {} : { instance: by[index] };
      log.info({ device, change: type, from, to, severity, reason, ...instance }, 'incident changed');
    }
    feed.publish(changes);
    this.#notifier?.notify(changes);
  }
}

/** A balancer gives a line to one instance: then all of them are one receiver, and else each is one. */
function receiverOf(config: Config): string {
  return config.store === null || config.feed === 'shared' ? '' : instanceOf(config);
}

/** A relay has the new devices of many switches. */
function newDeviceBounds({ syslog: { relays, perSource } }: Config): NewDeviceBounds {
  const boundOf = relayBound(relays);
  return { sourceOf, rateOf: (sender) => boundOf(sender, perSource.newDevices) };
}

/** Whether an address may speak for every device: a relay may, and each sender where the configuration says so. */
function trusts({ syslog }: Config): (sender: string) => boolean {
  return syslog.trustUnknownSenders ? () => true : isIn(syslog.relays);
}

export function monotonicSeconds(): number {
  return performance.now() / 1000;
}
