/** Every sink of a configuration: who wants which notices, and who brings them there. */
import type { NoticeSinkSettings, SinkSettings } from '../config/sinks.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import type { Route } from '../core/announce/notice.ts';
import { pagerDutyEvent } from '../core/announce/pagerduty.ts';
import type { DeviceChange } from '../core/correlate/correlate.ts';
import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';
import { AlertmanagerSink } from './alertmanager.ts';
import { deliverTo, schedules } from './deliver.ts';
import { makePost } from './http-post.ts';
import { type NoticeResult, OutboxWorker } from './outbox-worker.ts';

/** Which sinks get rows of the outbox; an Alertmanager compares states instead. */
export function routesOf(sinks: readonly SinkSettings[], advisory: Advisory): Route[] {
  return sinks.filter(takesNotices).map((settings) => ({
    sink: settings.name,
    only: settings.only,
    wants: (announcement) => settings.kind !== 'pagerduty' || pagerDutyEvent(announcement, '', '', advisory) !== null,
  }));
}

type Options = {
  readonly sinks: readonly SinkSettings[];
  readonly store: Store;
  readonly advisory: Advisory;
  readonly publicUrl: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly isPublic: (address: string) => boolean;
  readonly counted: (sink: string, result: NoticeResult, count: number) => void;
  readonly log: Log;
};

export class Sinks {
  readonly #options: Options;
  readonly #workers: OutboxWorker[] = [];
  readonly #alertmanagers: AlertmanagerSink[] = [];
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(options: Options) {
    this.#options = options;
    for (const settings of options.sinks) {
      if (takesNotices(settings)) this.#workers.push(this.#worker(settings));
      else this.#alertmanagers.push(this.#alertmanager(settings));
    }
  }

  async start(): Promise<void> {
    const { store, sinks, now, counted, log } = this.#options;
    const names = sinks.filter(takesNotices).map(({ name }) => name);
    for (const { sink, result, count } of await store.outbox.abandon(names, now())) {
      counted(sink, result, count);
      log.warn({ sink, count }, 'notices of a sink that is not configured any more are dead letters');
    }
    for (const part of [...this.#workers, ...this.#alertmanagers]) part.start();
  }

  /** Something was committed. */
  changed(changes: readonly DeviceChange[]): void {
    for (const worker of this.#workers) worker.wake();
    const devices = new Set(changes.map(({ device }) => device));
    for (const alertmanager of this.#alertmanagers) alertmanager.changed(devices);
  }

  /** What waits, by sink; every sink has a row. */
  async waiting(): Promise<readonly { sink: string; pending: number; dead: number; oldestAt: number | null }[]> {
    const none = { pending: 0, dead: 0, oldestAt: null };
    const rows = new Map(this.#options.sinks.map(({ name: sink }) => [sink, { sink, ...none }]));
    const counts = [
      ...(await this.#options.store.outbox.counts()),
      ...this.#alertmanagers.map((alertmanager) => ({
        sink: alertmanager.name,
        dead: 0,
        ...alertmanager.pending(),
      })),
    ];
    return [...new Map([...rows, ...counts.map((row) => [row.sink, row] as const)]).values()];
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#alertmanagers].map((part) => part.stop()));
    await Promise.all(this.#closing.map((close) => close()));
  }

  #worker(settings: NoticeSinkSettings): OutboxWorker {
    const { store, advisory, publicUrl, now, random, isPublic, counted } = this.#options;
    const { post, close } = makePost({
      timeoutMs: settings.timeoutMs,
      ...(settings.allowPrivate ? {} : { allows: isPublic }),
    });
    this.#closing.push(close);
    return new OutboxWorker({
      sink: settings.name,
      outbox: store.outbox,
      deliver: deliverTo(settings, { post, publicUrl, advisory, now }),
      schedule: schedules[settings.kind],
      now,
      random,
      counted,
      log: this.#log,
    });
  }

  #alertmanager(settings: Extract<SinkSettings, { kind: 'alertmanager' }>): AlertmanagerSink {
    const { store, advisory, publicUrl, now, random, counted } = this.#options;
    const { post, close } = makePost({ timeoutMs: settings.timeoutMs });
    this.#closing.push(close);
    return new AlertmanagerSink({
      settings,
      alertLog: store.alerts,
      advisory,
      publicUrl,
      post,
      now,
      random,
      counted,
      log: this.#log,
    });
  }

  readonly #log = (level: 'info' | 'warn' | 'error', fields: object, message: string): void => {
    this.#options.log[level](fields, message);
  };
}

function takesNotices(settings: SinkSettings): settings is NoticeSinkSettings {
  return settings.kind !== 'alertmanager';
}
