import { limits } from '../core/model/limits.ts';
import { OperatingError } from '../errors.ts';
import type { DroppedNotices, NoticeRow, Outbox, Settlement } from '../store/ports/outbox.ts';
import { nextTryIn, retryAfterOf } from './backoff.ts';
import type { Deliver, Delivery } from './deliver.ts';

export type NoticeResult = 'delivered' | 'failed' | 'rejected' | 'dead' | 'dropped';

/** What whoever tells a sink is given. */
export type Telling = {
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly counted: (sink: string, result: NoticeResult, count: number) => void;
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void;
};

type Options = Telling & {
  readonly sink: string;
  readonly outbox: Outbox;
  readonly deliver: Deliver;
  readonly schedule: readonly number[];
};

/** Another process may have written notices, or have had dead letters sent again. */
const LOOK_EVERY_MS = 5000;
/** What is under way when the service stops may end; then it is broken off, and is sent again at the next start. */
const STOP_MS = 3000;

/**
 * Brings the notices of one sink out of the outbox: several at a time, those of one incident one after the other. A try
 * that is not settled when the process ends is made again, under the same id.
 */
export class OutboxWorker {
  readonly #options: Options;
  readonly #underWay = new Map<number, Promise<void>>();
  /** Tried, and due still, as the store does not take what came of it. */
  readonly #unsettled = new Set<number>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  /** Nothing is written any more. */
  #ended = false;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.wake();
  }

  /** There may be something to send; safe to call at any time. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#looking = this.#look()
      .catch((error) => {
        this.#options.log('error', { err: error, sink: this.#options.sink }, 'the outbox cannot be read');
        this.#sleep(LOOK_EVERY_MS);
      })
      .finally(() => {
        this.#looking = null;
        if (this.#again) this.wake();
      });
  }

  /** Begins nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, STOP_MS);
    });
    await Promise.race([Promise.allSettled(this.#underWay.values()), late]);
    clearTimeout(timer);
    this.#ended = true;
  }

  async #look(): Promise<void> {
    const { sink, outbox, now } = this.#options;
    const at = now();
    const known = this.#underWay.size + this.#unsettled.size;
    const due = await outbox.due(sink, at, limits.noticesInFlight + known);
    for (const notice of due) {
      if (this.#stopped || this.#underWay.size >= limits.noticesInFlight) break;
      if (!this.#underWay.has(notice.seq) && !this.#unsettled.has(notice.seq)) this.#begin(notice);
    }
    const next = await outbox.nextAt(sink);
    this.#sleep(next === null || next <= at ? LOOK_EVERY_MS : Math.min(LOOK_EVERY_MS, next - at));
  }

  #sleep(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#stopped ? null : setTimeout(() => this.wake(), ms);
  }

  #begin(notice: NoticeRow): void {
    const { deliver, sink, log, counted } = this.#options;
    const run = async () => {
      const delivery = await deliver(notice);
      if (this.#ended) return;
      const settlement = this.#judge(notice, delivery);
      this.#report(notice, settlement);
      for (const { result, count } of await this.#settle(notice.seq, settlement)) counted(sink, result, count);
    };
    const done = run()
      // What cannot be settled is due still, and sent once more under the same id at the next start, not before.
      .catch((error) => {
        this.#unsettled.add(notice.seq);
        log('error', { err: error, sink, notice: notice.id }, 'a notice could not be settled');
      })
      .finally(() => {
        this.#underWay.delete(notice.seq);
        this.wake();
      });
    this.#underWay.set(notice.seq, done);
  }

  /** A store that fails for a while must not make the same notice be sent again and again. */
  async #settle(seq: number, settlement: Settlement): Promise<readonly DroppedNotices[]> {
    const { outbox, now, sink, log } = this.#options;
    for (;;) {
      try {
        return await outbox.settle(seq, settlement, now());
      } catch (error) {
        if (this.#stopped || !(error instanceof OperatingError) || !error.retryable) throw error;
        log('error', { err: error, sink }, 'a notice cannot be settled; trying again');
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }

  #judge({ attempts }: NoticeRow, delivery: Delivery): Settlement {
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
    const { sink, log, counted } = this.#options;
    const fields = { sink, notice: id, incident: announcement.incident, type: announcement.type, tries: attempts + 1 };
    counted(sink, settlement.result, 1);
    if (settlement.result === 'delivered') log('info', fields, 'notice delivered');
    else if (settlement.result === 'failed') log('warn', { ...fields, why: settlement.error }, 'notice failed');
    else log('error', { ...fields, why: settlement.error }, 'notice given up: it is a dead letter');
  }
}
