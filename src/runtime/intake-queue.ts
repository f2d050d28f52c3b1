import type { Record } from '../core/frame/record.ts';
import { limits } from '../core/limits.ts';
import type { Frame, Framing, Transport } from '../core/message.ts';
import type { DropReason, Intake } from '../receive/receiver.ts';

type Events = {
  readonly now: () => number;
  readonly line: (transport: Transport, framing: Framing) => void;
  readonly received: (transport: Transport, bytes: number) => void;
  readonly drop: (transport: Transport, reason: DropReason, count: number) => void;
  readonly connections: (transport: Transport, open: number) => void;
  /** There is something to take. */
  readonly wake: () => void;
};

/**
 * The bounded queue between the receivers and the pipeline. Stream senders are paused well before it is full; what
 * finds it full all the same, datagrams above all, is dropped and counted.
 */
export class IntakeQueue implements Intake {
  readonly #events: Events;
  #frames: Frame[] = [];
  #taken = 0;
  #lastReceivedAt = 0;
  #waiting: (() => void)[] = [];

  constructor(events: Events) {
    this.#events = events;
  }

  get length(): number {
    return this.#frames.length - this.#taken;
  }

  get hungry(): boolean {
    return this.length < limits.queuePauseLines;
  }

  whenHungry(callback: () => void): void {
    this.#waiting.push(callback);
  }

  take({ bytes, start, end, framing, truncated }: Record, peer: string, transport: Transport): void {
    this.#events.line(transport, framing);
    if (truncated) this.#events.drop(transport, 'oversize', 1);
    if (this.length >= limits.queueLines) {
      this.#events.drop(transport, 'queue_full', 1);
      return;
    }
    this.#frames.push({ bytes, start, end, peer, transport, receivedAt: this.#receivedAt(), truncated });
    if (this.length === 1) this.#events.wake();
  }

  /** Lines of one millisecond are a microsecond apart, so that they keep the order in which they came. */
  #receivedAt(): number {
    const now = this.#events.now();
    this.#lastReceivedAt = now === Math.floor(this.#lastReceivedAt) ? this.#lastReceivedAt + 0.001 : now;
    return this.#lastReceivedAt;
  }

  received(transport: Transport, bytes: number): void {
    this.#events.received(transport, bytes);
  }

  drop(transport: Transport, reason: DropReason, count: number): void {
    this.#events.drop(transport, reason, count);
  }

  connections(transport: Transport, open: number): void {
    this.#events.connections(transport, open);
  }

  /** Up to `limits.batchLines` frames, oldest first. */
  next(): Frame[] {
    const batch = this.#frames.slice(this.#taken, this.#taken + limits.batchLines);
    this.#taken += batch.length;
    if (this.#taken === this.#frames.length) {
      this.#frames = [];
      this.#taken = 0;
    } else if (this.#taken > limits.queuePauseLines) {
      this.#frames = this.#frames.slice(this.#taken);
      this.#taken = 0;
    }
    if (this.length <= limits.queuePauseLines / 2) this.#resume();
    return batch;
  }

  #resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }
}
