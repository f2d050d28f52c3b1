import type { PostableAlert } from '../core/announce/alertmanager.ts';
import { type Alert, keyOf } from '../core/announce/alerts.ts';
import { limits } from '../core/model/limits.ts';
import { retryAfterOf } from './backoff.ts';
import { type Post, shownUrl, whyOf } from './http-post.ts';
import type { Telling } from './outbox-worker.ts';

type Options = Telling & {
  readonly url: string;
  readonly sink: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What an alert is by now. */
  readonly book: { alert(alert: Pick<Alert, 'device' | 'plant' | 'severity'>): Alert | undefined };
  readonly render: (alerts: Iterable<Alert>) => PostableAlert[];
  readonly longestPauseMs: number;
  readonly post: Post;
};

/** An alert, and since when the peer has not been told of it. */
type Untold = { readonly alert: Alert; readonly since: number };

const FIRST_PAUSE_MS = 1000;
const STOP_MS = 3000;

/**
 * One Alertmanager. It is always told what an alert is at that moment, so that nothing piles up while it cannot be
 * reached; the bound on what waits is the number of alerts.
 */
export class AlertPeer {
  readonly #options: Options;
  /** By subject, so that the end of one severity and the beginning of the next go in one request. */
  readonly #waiting = new Map<string, Map<string, Untold>>();
  /** What the request under way has: it is not told before it is answered. */
  #asked: readonly Untold[] = [];
  #sending: Promise<void> | null = null;
  #interrupt: () => void = () => {};
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  tell(alerts: Iterable<Alert>): void {
    const since = this.#options.now();
    for (const alert of alerts) this.#wait({ alert, since });
    if (this.#waiting.size === 0 || this.#stopped) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
  }

  pending(): { pending: number; oldestAt: number | null } {
    const untold = [...this.#asked, ...[...this.#waiting.values()].flatMap((alerts) => [...alerts.values()])];
    return {
      pending: new Set(untold.map(({ alert }) => keyOf(alert))).size,
      oldestAt: untold.reduce<number | null>((oldest, { since }) => Math.min(oldest ?? since, since), null),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#interrupt();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([this.#sending ?? Promise.resolve(), late]);
    clearTimeout(timer);
  }

  #wait({ alert, since }: Untold): void {
    const alerts = this.#waiting.get(alert.subject) ?? new Map<string, Untold>();
    const before = alerts.get(keyOf(alert))?.since ?? since;
    this.#waiting.set(alert.subject, alerts.set(keyOf(alert), { alert, since: Math.min(before, since) }));
  }

  async #send(): Promise<void> {
    for (let failures = 0; this.#waiting.size > 0 && !this.#stopped; ) {
      const asked = this.#next();
      const alerts = asked.flatMap(({ alert }) => this.#options.book.alert(alert) ?? []);
      this.#asked = asked;
      const pauseMs = alerts.length === 0 ? null : await this.#try(alerts, failures);
      this.#asked = [];
      if (pauseMs === null) {
        failures = 0;
        continue;
      }
      failures++;
      for (const untold of asked) this.#wait(untold);
      await this.#pause(pauseMs);
    }
  }

  /** Whole subjects, until a request is full. */
  #next(): Untold[] {
    const asked: Untold[] = [];
    for (const [subject, alerts] of this.#waiting) {
      if (asked.length > 0 && asked.length + alerts.size > limits.alertsInRequest) break;
      for (const untold of alerts.values()) asked.push(untold);
      this.#waiting.delete(subject);
    }
    return asked;
  }

  /** Null where there is nothing to try again, else how long to wait before. */
  async #try(alerts: readonly Alert[], failures: number): Promise<number | null> {
    const { url, sink, headers, render, post, now, random, longestPauseMs, counted, log } = this.#options;
    const peer = { sink, url: shownUrl(url) };
    const planned = Math.min(longestPauseMs, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * (1 + 0.2 * random());
    const count = alerts.length;
    try {
      const body = JSON.stringify(render(alerts));
      const answer = await post(`${url}/api/v2/alerts`, body, { 'content-type': 'application/json', ...headers });
      if (answer.status >= 200 && answer.status < 300) {
        counted(sink, 'delivered', count);
        if (failures > 0) log('info', peer, 'the Alertmanager takes alerts again');
        return null;
      }
      const why = `HTTP ${answer.status}: ${answer.text.replace(/\s+/g, ' ').slice(0, 500)}`;
      if (answer.status === 400) {
        // The valid ones are taken, the others would be refused again.
        counted(sink, 'rejected', count);
        log('error', { ...peer, alerts: count, why }, 'the Alertmanager refused some of these alerts');
        return null;
      }
      counted(sink, 'failed', count);
      log('warn', { ...peer, alerts: count, why }, 'alerts could not be delivered; they are tried again');
      return Math.max(planned, Math.min(retryAfterOf(answer.retryAfter, now()) ?? 0, longestPauseMs));
    } catch (error) {
      counted(sink, 'failed', count);
      log('warn', { ...peer, alerts: count, why: whyOf(error) }, 'alerts could not be delivered; they are tried again');
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
