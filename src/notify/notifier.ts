import { randomUUID } from 'node:crypto';
import type { Advisory } from '../core/advisory/advisory.ts';
import type { DeviceChange } from '../core/correlate/correlated.ts';
import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';
import { makeDeliver } from './delivery.ts';
import { makePost, type Post } from './http-post.ts';
import { OnDuty } from './on-duty.ts';
import { OutboxWorker } from './outbox-worker.ts';
import type {
  ChangeSink,
  FleetDiagnosisOf,
  NoticeResult,
  OpenStateSink,
  Sending,
  SinkContext,
  SinkKindRow,
} from './sink-kind.ts';
import { type SinkSettings, sinkKinds } from './sinks.ts';
import { type SinkTest, sendTest } from './test-notice.ts';

type Options = {
  readonly sinks: readonly SinkSettings[];
  readonly store: Store;
  readonly advisory: Advisory;
  /** The address of the service for people, without a slash at its end. */
  readonly publicUrl: string;
  /** Milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly isPublicAddress: (address: string) => boolean;
  /** Called with a result, and with the number of notices or alerts of the sink that had it. */
  readonly onResult: (sink: string, result: NoticeResult, count: number) => void;
  /** Called when the result of a try to deliver a notice about this device is stored. */
  readonly onSettled?: (device: string) => void;
  readonly log: Log;
  readonly fleetDiagnosisOf: FleetDiagnosisOf;
};

/** Notifies every sink of a configuration. Each sink has its own client, connections and retries. */
export class Notifier {
  readonly #options: Options;
  readonly #outboxWorkers: OutboxWorker[] = [];
  readonly #stateSinks: OpenStateSink[] = [];
  /** By the name of the sink. */
  readonly #tests = new Map<string, () => Promise<SinkTest>>();
  readonly #closeClients: (() => Promise<void>)[] = [];

  constructor(options: Options) {
    this.#options = options;
    for (const settings of options.sinks) {
      const row: SinkKindRow = sinkKinds[settings.kind];
      const sending = this.#sending(settings);
      this.#tests.set(settings.name, () => sendTest(row.test(settings, sending, randomUUID()), sending.post));
      if (row.notifies === 'changes') this.#outboxWorkers.push(this.#outboxWorker(settings, row, sending));
      else {
        const { store, fleetDiagnosisOf } = options;
        const parts = { alertLog: store.alerts, fleetDiagnosisOf };
        const open = (post: Post) => row.open(settings, { ...this.#context(), ...sending, ...parts, post });
        const { duty } = store.alerts;
        const { post } = sending;
        this.#stateSinks.push(
          duty === undefined
            ? open(post)
            : new OnDuty({ name: settings.name, duty, post, open, log: this.#context().log }),
        );
      }
    }
  }

  /** Starts every sink. */
  start(): void {
    for (const sink of [...this.#outboxWorkers, ...this.#stateSinks]) sink.start();
  }

  /** To be called after a commit, with its changes, and after dead letters were made pending again. */
  notify(changes: readonly DeviceChange[]): void {
    for (const worker of this.#outboxWorkers) worker.wake();
    const devices = new Set(changes.map(({ device }) => device));
    for (const sink of this.#stateSinks) sink.notify(devices);
  }

  /** One row for every sink. `oldestAt`: when the oldest pending notice was created, in milliseconds. */
  async pending(): Promise<readonly { sink: string; pending: number; dead: number; oldestAt: number | null }[]> {
    const none = { pending: 0, dead: 0, oldestAt: null };
    const rows = new Map(this.#options.sinks.map(({ name: sink }) => [sink, { sink, ...none }]));
    const counts = [
      ...(await this.#options.store.outbox.counts()),
      ...this.#stateSinks.map((sink) => ({ sink: sink.name, dead: 0, ...sink.pending() })),
    ];
    return [...new Map([...rows, ...counts.map((row) => [row.sink, row] as const)]).values()];
  }

  /** Sends a test notice, whatever `only` says. Null: there is no such sink. */
  async test(sink: string): Promise<SinkTest | null> {
    return (await this.#tests.get(sink)?.()) ?? null;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#outboxWorkers, ...this.#stateSinks].map((sink) => sink.stop()));
    await Promise.all(this.#closeClients.map((close) => close()));
  }

  #outboxWorker(settings: SinkSettings, row: ChangeSink, sending: Sending): OutboxWorker {
    const { store, onSettled } = this.#options;
    return new OutboxWorker({
      ...this.#context(),
      sink: settings.name,
      outbox: store.outbox,
      deliver: makeDeliver(row.deliver(settings, sending), row),
      schedule: row.schedule,
      ...(onSettled === undefined ? {} : { onSettled }),
    });
  }

  #sending(settings: SinkSettings): Sending {
    const { publicUrl, advisory, now, isPublicAddress } = this.#options;
    // A kind without `allowPrivate` may connect to any address.
    const publicOnly = 'allowPrivate' in settings && !settings.allowPrivate;
    const { post, close } = makePost({
      timeoutMs: settings.timeoutMs,
      ...(publicOnly ? { allowAddress: isPublicAddress } : {}),
    });
    this.#closeClients.push(close);
    return { post, publicUrl, advisory, now };
  }

  #context(): SinkContext {
    const { now, random, onResult, log } = this.#options;
    return { now, random, onResult, log: (level, fields, message) => log[level](fields, message) };
  }
}
