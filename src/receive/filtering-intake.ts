import { newNumbers, readNumbers } from '../core/decode/quick-numbers.ts';
import type { Record as SyslogRecord } from '../core/frame/record.ts';
import type { LossLedger } from '../core/loss/ledger.ts';
import { limits } from '../core/model/limits.ts';
import type { Transport } from '../core/model/message.ts';
import { FrameCollector } from '../core/read/frame-collector.ts';
import { Prefilter } from '../core/read/prefilter.ts';
import type { DropReason, Intake } from './receiver.ts';
import { type Counts, dropKey, type FromReceiver, type Live, noCounts, pack } from './threads/protocol.ts';

/** Counts go out so often while nothing is kept. */
const COUNTS_MS = 200;

type Options = {
  readonly now: () => number;
  /** Told of every line. */
  readonly ledger: LossLedger;
  readonly send: (message: Extract<FromReceiver, { kind: 'received' }>) => void;
};

/**
 * Takes what the receivers of a thread bring: a prefilter lets most of it go, the rest is buffered for a moment and handed
 * over together. What was handed over and not taken yet is bounded: streams are paused well before the bound, datagrams
 * beyond it are dropped and counted.
 */
export class FilteringIntake implements Intake {
  readonly #options: Options;
  readonly #collector = new FrameCollector(new Prefilter());
  readonly #numbers = newNumbers();
  #counts = noCounts();
  #changed = false;
  #outstanding = 0;
  #lastReceivedAt = 0;
  #flushedAt = 0;
  #flushing: NodeJS.Timeout | NodeJS.Immediate | null = null;
  #counting: NodeJS.Timeout | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(options: Options) {
    this.#options = options;
  }

  get hasCapacity(): boolean {
    return this.#outstanding + this.#collector.kept < limits.queuePauseLines;
  }

  onCapacity(callback: () => void): () => void {
    this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  }

  take({ bytes, start, end, framing, truncated }: SyslogRecord, peer: string, transport: Transport): void {
    const counts = this.#count();
    counts.lines[transport as Live]++;
    counts.framings[framing]++;
    const { ledger } = this.#options;
    const receivedAt = this.#receivedAt();
    readNumbers(bytes, start, end, this.#numbers);
    ledger.note(peer, this.#numbers, receivedAt);
    if (truncated) {
      this.drop(transport, 'oversize', 1);
      ledger.dropped(peer, 'oversize', 1, receivedAt);
    }
    const full = this.#outstanding + this.#collector.kept >= limits.queueLines;
    const verdict = this.#collector.add(bytes, start, end, truncated, { peer, transport, receivedAt }, full);
    if (verdict === 'refused') {
      this.drop(transport, 'queue_full', 1);
      ledger.dropped(peer, 'queue_full', 1, receivedAt);
    }
    if (verdict === 'keep') this.#gather();
  }

  received(transport: Transport, bytes: number): void {
    this.#count().bytes[transport as Live] += bytes;
  }

  drop(transport: Transport, reason: DropReason, count: number): void {
    const { drops } = this.#count();
    const key = dropKey(transport, reason);
    drops[key] = (drops[key] ?? 0) + count;
  }

  connections(transport: Transport, open: number): void {
    this.#count().connections[transport as Live] = open;
  }

  /** So many frames have left the queue on the other side. */
  taken(frames: number): void {
    this.#outstanding -= frames;
    if (this.#outstanding + this.#collector.kept > limits.queuePauseLines / 2) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }

  /** Hands over what there is, now. */
  flush(): void {
    if (this.#flushing !== null) {
      clearTimeout(this.#flushing as NodeJS.Timeout);
      clearImmediate(this.#flushing as NodeJS.Immediate);
      this.#flushing = null;
    }
    if (this.#counting !== null) clearTimeout(this.#counting);
    this.#counting = null;
    if (!this.#changed) return;
    const filtered = this.#collector.take();
    const counts: Counts = this.#counts;
    counts.other += filtered.other;
    counts.noCore += filtered.noCore;
    this.#counts = noCounts(counts.connections);
    this.#changed = false;
    this.#outstanding += filtered.frames.length;
    this.#flushedAt = this.#options.now();
    this.#options.send({ kind: 'received', packed: pack(filtered), counts, links: [...filtered.links] });
  }

  /** After a pause at once, in a stream of lines after a moment, so that they share a commit. */
  #gather(): void {
    if (this.#collector.kept >= limits.batchLines) this.flush();
    else if (this.#flushing === null) this.#flushSoon();
  }

  #flushSoon(): void {
    const wait = limits.lingerMs - (this.#lastReceivedAt - this.#flushedAt);
    this.#flushing = wait <= 0 ? setImmediate(() => this.flush()) : setTimeout(() => this.flush(), wait);
  }

  #count(): Counts {
    if (!this.#changed) {
      this.#changed = true;
      this.#counting ??= setTimeout(() => this.flush(), COUNTS_MS);
    }
    return this.#counts;
  }

  /** Lines of one millisecond are a microsecond apart, so that they keep the order in which they came. */
  #receivedAt(): number {
    const now = this.#options.now();
    this.#lastReceivedAt = now === Math.floor(this.#lastReceivedAt) ? this.#lastReceivedAt + 0.001 : now;
    return this.#lastReceivedAt;
  }
}
