import type { AlertmanagerSettings } from '../config/sinks.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { postable } from '../core/announce/alertmanager.ts';
import type { AlertLog } from '../store/ports/alert-log.ts';
import { ActiveAlerts } from './active-alerts.ts';
import { AlertPeer } from './alert-peer.ts';
import type { Post } from './http-post.ts';
import type { Telling } from './outbox-worker.ts';

type Options = Telling & {
  readonly settings: AlertmanagerSettings;
  readonly alertLog: AlertLog;
  readonly advisory: Advisory;
  readonly publicUrl: string;
  readonly post: Post;
};

/** Changes that come close together are told together. */
const GATHER_MS = 100;

/**
 * One Alertmanager, or all peers of its cluster: what fires is told at once when it changes, and all of it once more
 * every `resend`. Each peer goes at its own pace.
 */
export class AlertmanagerSink {
  readonly name: string;
  readonly #options: Options;
  readonly #book: ActiveAlerts;
  readonly #peers: readonly AlertPeer[];
  readonly #touched = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #gathering: NodeJS.Timeout | null = null;
  #resending: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(options: Options) {
    const { settings, alertLog, advisory, publicUrl, post, now, random, counted, log } = options;
    const { name, resendMs, authorization } = settings;
    this.name = name;
    this.#options = options;
    this.#book = new ActiveAlerts(name, alertLog, settings);
    const render = (alerts: Iterable<Parameters<typeof postable>[0]>) => {
      const moment = { advisory, publicUrl, now: now(), resendMs };
      return [...alerts].map((alert) => postable(alert, this.#book.openIncidentsOf(alert), moment));
    };
    this.#peers = settings.urls.map(
      (url) =>
        new AlertPeer({
          url,
          sink: name,
          headers: authorization === null ? {} : { authorization },
          book: this.#book,
          render,
          longestPauseMs: resendMs,
          post,
          now,
          random,
          counted,
          log,
        }),
    );
  }

  start(): void {
    this.#enqueue(() => this.#resend());
  }

  /** These devices' incidents have changed. */
  changed(devices: Iterable<string>): void {
    for (const device of devices) this.#touched.add(device);
    if (this.#touched.size === 0 || this.#gathering !== null || this.#stopped) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      this.#enqueue(() => this.#refresh());
    }, GATHER_MS);
  }

  /** Alerts that a peer has not been told as they are, and since when. */
  pending(): { pending: number; oldestAt: number | null } {
    const waiting = this.#peers.map((peer) => peer.pending());
    const since = waiting.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]));
    return {
      pending: Math.max(0, ...waiting.map(({ pending }) => pending)),
      oldestAt: since.length === 0 ? null : Math.min(...since),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    if (this.#resending !== null) clearTimeout(this.#resending);
    await this.#work;
    await Promise.all(this.#peers.map((peer) => peer.stop()));
  }

  /** One piece of work after the other. */
  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#stopped ? undefined : work()))
      .catch((error) =>
        // Nothing is lost: the next round compares everything anew.
        this.#options.log(
          'error',
          { err: error, sink: this.name },
          'alerts cannot be made; the next round tries again',
        ),
      );
  }

  async #refresh(): Promise<void> {
    const devices = [...this.#touched];
    this.#touched.clear();
    const changed = await this.#book.refresh(devices, this.#options.now());
    for (const peer of this.#peers) peer.tell(changed);
  }

  async #resend(): Promise<void> {
    const { settings, now } = this.#options;
    // Also what nobody told of: an inventory that another process has imported.
    this.#resending = setTimeout(() => this.#enqueue(() => this.#resend()), settings.resendMs);
    await this.#book.reload(now());
    for (const peer of this.#peers) peer.tell(this.#book.all());
  }
}
