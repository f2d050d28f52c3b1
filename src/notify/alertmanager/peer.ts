import { type Alert, keyOf } from '../../core/announce/alerts.ts';
import { limits } from '../../core/model/limits.ts';
import { retryAfterOf } from '../backoff.ts';
import { failureReason, inOneLine, redactUrl } from '../http-failure.ts';
import type { Post } from '../http-post.ts';
import type { SinkContext } from '../sink-kind.ts';
import type { PostableAlert } from './payload.ts';

type Options = SinkContext & {
  readonly url: string;
  readonly sink: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Returns the current state of an alert; undefined if the alert is no longer known. */
  readonly activeAlerts: { alert(alert: Pick<Alert, 'device' | 'plant' | 'severity'>): Alert | undefined };
  readonly payload: (alerts: Iterable<Alert>) => PostableAlert[];
  /** The longest pause between two tries, in milliseconds. */
  readonly maxPauseMs: number;
  readonly post: Post;
};

/** An alert that the peer has not accepted yet. `since`: when it became pending, in milliseconds. */
type PendingAlert = { readonly alert: Alert; readonly since: number };

const FIRST_PAUSE_MS = 1000;
/** How long `stop` waits for the request in flight, in milliseconds. */
const STOP_MS = 3000;

/**
 * One Alertmanager. A request has the current state of each alert, so nothing accumulates while the peer is
 * unreachable: each alert is pending at most once.
 */
export class AlertPeer {
  readonly #options: Options;
  /** By subject, so that one request ends the alerts of all its severities. */
  readonly #pending = new Map<string, Map<string, PendingAlert>>();
  /** The alerts of the request in flight. They count as pending until the peer has answered. */
  #inFlight: readonly PendingAlert[] = [];
  #sending: Promise<void> | null = null;
  #interrupt: () => void = () => {};
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  notify(alerts: Iterable<Alert>): void {
    const since = this.#options.now();
    for (const alert of alerts) this.#add({ alert, since });
    if (this.#pending.size === 0 || this.#stopped) return;
    this.#sending ??= this.#sendLoop().finally(() => {
      this.#sending = null;
    });
  }

  pending(): { pending: number; oldestAt: number | null } {
    const all = [...this.#inFlight, ...[...this.#pending.values()].flatMap((alerts) => [...alerts.values()])];
    return {
      pending: new Set(all.map(({ alert }) => keyOf(alert))).size,
      oldestAt: all.reduce<number | null>((oldest, { since }) => Math.min(oldest ?? since, since), null),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#interrupt();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([this.#sending ?? Promise.resolve(), timeout]);
    clearTimeout(timer);
  }

  #add({ alert, since }: PendingAlert): void {
    const alerts = this.#pending.get(alert.subject) ?? new Map<string, PendingAlert>();
    const before = alerts.get(keyOf(alert))?.since ?? since;
    this.#pending.set(alert.subject, alerts.set(keyOf(alert), { alert, since: Math.min(before, since) }));
  }

  async #sendLoop(): Promise<void> {
    for (let failures = 0; this.#pending.size > 0 && !this.#stopped; ) {
      const batch = this.#nextBatch();
      const alerts = batch.flatMap(({ alert }) => this.#options.activeAlerts.alert(alert) ?? []);
      this.#inFlight = batch;
      const pauseMs = alerts.length === 0 ? null : await this.#try(alerts, failures);
      this.#inFlight = [];
      if (pauseMs === null) {
        failures = 0;
        continue;
      }
      failures++;
      for (const each of batch) this.#add(each);
      await this.#pause(pauseMs);
    }
  }

  /** All alerts of a subject are in one batch. At most `limits.alertsInRequest`, unless the first subject has more. */
  #nextBatch(): PendingAlert[] {
    const batch: PendingAlert[] = [];
    for (const [subject, alerts] of this.#pending) {
      if (batch.length > 0 && batch.length + alerts.size > limits.alertsInRequest) break;
      for (const pending of alerts.values()) batch.push(pending);
      this.#pending.delete(subject);
    }
    return batch;
  }

  /** Milliseconds until the next try; null if there is nothing to try again. */
  async #try(alerts: readonly Alert[], failures: number): Promise<number | null> {
    const { url, sink, headers, payload, post, now, random, maxPauseMs, onResult, log } = this.#options;
    const peer = { sink, url: redactUrl(url) };
    const planned = Math.min(maxPauseMs, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * (1 + 0.2 * random());
    const count = alerts.length;
    try {
      const body = JSON.stringify(payload(alerts));
      const answer = await post(`${url}/api/v2/alerts`, body, { 'content-type': 'application/json', ...headers });
      if (answer.status >= 200 && answer.status < 300) {
        onResult(sink, 'delivered', count);
        if (failures > 0) log('info', peer, 'Alertmanager accepts alerts again');
        return null;
      }
      const why = `HTTP ${answer.status}: ${inOneLine(answer.text, 500)}`;
      if (answer.status === 400) {
        // Alertmanager has accepted the valid alerts, and would refuse the others at each further try.
        onResult(sink, 'rejected', count);
        log('error', { ...peer, alerts: count, why }, 'Alertmanager refused some of these alerts');
        return null;
      }
      onResult(sink, 'failed', count);
      log('warn', { ...peer, alerts: count, why }, 'alerts could not be delivered; trying again');
      return Math.max(planned, Math.min(retryAfterOf(answer.retryAfter, now()) ?? 0, maxPauseMs));
    } catch (error) {
      onResult(sink, 'failed', count);
      log('warn', { ...peer, alerts: count, why: failureReason(error) }, 'alerts could not be delivered; trying again');
      return planned;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#stopped) this.#interrupt();
    });
  }
}
