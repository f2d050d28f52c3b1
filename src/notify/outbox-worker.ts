import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import type { DroppedNotices, NoticeRow, Outbox, Settlement } from '../store/ports/outbox.ts';
import { nextTryIn, retryAfterOf } from './backoff.ts';
import type { Deliver, Delivery } from './delivery.ts';
import type { SinkContext } from './sink-kind.ts';

type Options = SinkContext & {
  readonly sink: string;
  readonly outbox: Outbox;
  readonly deliver: Deliver;
  /** Milliseconds from one try to the next. */
  readonly schedule: readonly number[];
  /** Called when the result of a try to deliver a notice about this device is stored. */
  readonly onSettled?: (device: string) => void;
};

/** Finds notices that another process has written or made pending again. */
const POLL_MS = 5000;
/** How long `stop` waits for tries in flight. A try that takes longer is repeated after the next start. */
const STOP_MS = 3000;

/**
 * Delivers the notices of one sink from the outbox: several at a time, but the notices of one incident one after the
 * other. A try whose result is not stored when the process ends is repeated under the same id.
 */
export class OutboxWorker {
  readonly sink: string;
  readonly #options: Options;
  /** By `seq`. */
  readonly #inFlight = new Map<number, Promise<void>>();
  /** By `seq`: notices that were tried and are still due in the store, because the store refused the result. */
  readonly #unsettled = new Set<number>();
  #timer: NodeJS.Timeout | null = null;
  #polling: Promise<void> | null = null;
  #pollAgain = false;
  #stopped = false;
  /** After `stop`: no result is written to the store any more. */
  #ended = false;

  constructor(options: Options) {
    this.sink = options.sink;
    this.#options = options;
  }

  start(): void {
    this.wake();
  }

  /** Looks for due notices soon. May be called at any time. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#polling !== null) {
      this.#pollAgain = true;
      return;
    }
    this.#pollAgain = false;
    this.#polling = this.#poll()
      .catch((error) => {
        this.#options.log('error', { err: error, sink: this.sink }, 'the outbox cannot be read');
        this.#pollIn(POLL_MS);
      })
      .finally(() => {
        this.#polling = null;
        if (this.#pollAgain) this.wake();
      });
  }

  /** Starts no further try, and waits at most `STOP_MS` for those in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#polling;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([Promise.allSettled(this.#inFlight.values()), timeout]);
    clearTimeout(timer);
    this.#ended = true;
  }

  async #poll(): Promise<void> {
    const { sink, outbox, now } = this.#options;
    const [at, askedAt] = [now(), performance.now()];
    const known = this.#inFlight.size + this.#unsettled.size;
    const due = await outbox.due(sink, at, limits.noticesInFlight + known);
    for (const notice of due) {
      if (performance.now() - askedAt > (outbox.claimedMs ?? Number.POSITIVE_INFINITY) / 2) {
        // The process stood still: another instance may send them by now, and whoever asks again is told.
        this.#pollAgain = true;
        break;
      }
      if (this.#stopped || this.#inFlight.size >= limits.noticesInFlight) break;
      if (!this.#inFlight.has(notice.seq) && !this.#unsettled.has(notice.seq)) this.#dispatch(notice);
    }
    const next = await outbox.nextAt(sink);
    this.#pollIn(next === null || next <= at ? POLL_MS : Math.min(POLL_MS, next - at));
  }

  #pollIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#stopped ? null : setTimeout(() => this.wake(), ms);
  }

  #dispatch(notice: NoticeRow): void {
    const { deliver, sink, log, onResult } = this.#options;
    const run = async () => {
      const delivery = await deliver(notice);
      if (this.#ended) return;
      const settlement = this.#settlementOf(notice, delivery);
      this.#report(notice, settlement);
      for (const { result, count } of await this.#settle(notice.seq, settlement)) onResult(sink, result, count);
      this.#options.onSettled?.(notice.announcement.device);
    };
    const done = run()
      // The notice is still due in the store. This process does not send it again; the next start does, under the same
      // id.
      .catch((error) => {
        this.#unsettled.add(notice.seq);
        log('error', { err: error, sink, notice: notice.id }, 'the result of a notice could not be stored');
      })
      .finally(() => {
        this.#inFlight.delete(notice.seq);
        this.wake();
      });
    this.#inFlight.set(notice.seq, done);
  }

  /** Retries while the store has a retryable error, so that the same notice is not sent again and again. */
  async #settle(seq: number, settlement: Settlement): Promise<readonly DroppedNotices[]> {
    const { outbox, now, sink, log } = this.#options;
    for (;;) {
      try {
        return await outbox.settle(seq, settlement, now());
      } catch (error) {
        if (this.#stopped || !(error instanceof OperatingError) || !error.retryable) throw error;
        log('error', { err: error, sink }, 'the result of a notice cannot be stored; trying again');
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  #settlementOf({ attempts }: NoticeRow, delivery: Delivery): Settlement {
    if (delivery.kind === 'delivered') return { result: 'delivered' };
    if (delivery.kind === 'hopeless') return { result: 'dead', error: delivery.why };
    const { now, random, schedule } = this.#options;
    const at = now();
    const wait = nextTryIn(attempts + 1, schedule, random(), retryAfterOf(delivery.retryAfter, at));
    return wait === null
      ? { result: 'dead', error: `${delivery.why} (after ${attempts + 1} tries)` }
      : { result: 'failed', nextAt: at + wait, error: delivery.why };
  }

  #report({ id, announcement, attempts }: NoticeRow, settlement: Settlement): void {
    const { sink, log, onResult } = this.#options;
    const fields = { sink, notice: id, incident: announcement.incident, type: announcement.type, tries: attempts + 1 };
    onResult(sink, settlement.result, 1);
    if (settlement.result === 'delivered') log('info', fields, 'notice delivered');
    else if (settlement.result === 'failed')
      log('warn', { ...fields, why: settlement.error }, 'notice failed; trying again later');
    else log('error', { ...fields, why: settlement.error }, 'notice failed for good: it is now a dead letter');
  }
}
