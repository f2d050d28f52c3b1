import type { Gap } from '../core/loss/gaps.ts';
import type { LossTotals } from '../core/loss/ledger.ts';
import { lossLimits } from '../core/loss/loss-limits.ts';
import type { LossRow } from '../core/loss/loss-row.ts';
import type { SenderLoss } from '../core/loss/sender-loss.ts';
import type { DropReason, Loss } from '../core/loss/source.ts';
import { IntakeQueue } from './intake-queue.ts';
import { kernelDrops } from './kernel-drops.ts';
import { relayBound, type SenderSettings } from './senders.ts';
import type { FrameBatch, Source } from './source.ts';
import { type Counts, type LossQuestion, reasonKey } from './threads/protocol.ts';
import type { BoundAddresses } from './threads/receive-thread.ts';
import { ReceiveThreads, type ReceiveThreadsOptions } from './threads/thread-pool.ts';
import type { TlsByTransport } from './transports.ts';

type Options = Omit<ReceiveThreadsOptions, 'onFrames' | 'saveLossRows' | 'tellLossRows' | 'saveGaps'> & {
  /** Keeps the loss ledger from one run of the service to the next. */
  readonly lossSources: {
    takeAll(): Promise<readonly LossRow[]>;
    save(rows: readonly LossRow[]): Promise<void>;
    /** Who is told while the service runs; null where there is nobody. */
    readonly receivers: { readonly tell: (rows: readonly LossRow[]) => Promise<void> } | null;
  };
  /** Keeps the lines that the ledger counts as lost, as gaps of time. */
  readonly gaps: { add(gaps: readonly Gap[]): Promise<void> };
  /** Datagrams were dropped because the queue was full. */
  readonly onDropped: () => void;
};

/**
 * The sockets as a source: threads that receive, and the queue of what they have sent. Each thread bounds its frames that
 * wait or are not acknowledged (`WaitingLines`).
 */
export class Receiving implements Source {
  readonly #options: Options;
  readonly #queue: IntakeQueue;
  readonly #threads: ReceiveThreads;
  #boundOf: ReturnType<typeof relayBound>;
  #addresses: BoundAddresses = {};
  #stopped = false;
  #telling: NodeJS.Timeout | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#boundOf = relayBound(options.senders.relays);
    this.#queue = new IntakeQueue({
      acknowledged: (thread, ordinals) => this.#threads.acknowledge(thread, ordinals),
      boundOf: (peer, bound) => this.#boundOf(peer, bound),
    });
    this.#threads = new ReceiveThreads({
      ...options,
      onFrames: (frames, thread) => this.#queue.put(frames, thread),
      onCounts: (counts, thread) => this.#count(counts, thread),
      saveLossRows: (rows) => options.lossSources.save(rows),
      tellLossRows: async (rows) => options.lossSources.receivers?.tell(rows),
      saveGaps: (gaps) => options.gaps.add(gaps),
    });
  }

  /** The addresses that are listened on; empty before `start()`. */
  get addresses(): BoundAddresses {
    return this.#addresses;
  }

  get length(): number {
    return this.#queue.length;
  }

  get ended(): boolean {
    return this.#stopped && this.#queue.length === 0;
  }

  onWake(callback: () => void): void {
    this.#queue.onWake(callback);
  }

  async start(): Promise<void> {
    this.#addresses = await this.#threads.start(await this.#options.lossSources.takeAll());
    if (this.#options.lossSources.receivers === null) return;
    this.#telling = setInterval(() => this.tell(), lossLimits.toldEveryMs);
  }

  /** Uses other networks, bounds and certificates from now on; the addresses and the sockets stay. */
  reconfigure(senders: SenderSettings, tls: TlsByTransport): void {
    this.#boundOf = relayBound(senders.relays);
    this.#threads.configure(senders, tls);
  }

  /** As `ReceiveThreads.useClock()`. */
  useClock(): void {
    this.#threads.useClock();
  }

  next(max: number): FrameBatch | null {
    return this.#queue.next(max);
  }

  /** Tells other instances what changed in the loss ledger. */
  tell(): void {
    this.#threads.tell();
  }

  async stop(): Promise<void> {
    if (this.#telling !== null) clearInterval(this.#telling);
    await this.#threads.stop();
    this.#stopped = true;
  }

  /** As `ReceiveThreads.losses()`. */
  losses(questions: readonly LossQuestion[]): Promise<readonly Loss[]> {
    return this.#threads.losses(questions);
  }

  /** As `ReceiveThreads.noteDropped()`. */
  noteDropped(peer: string, reason: DropReason, count: number): void {
    this.#threads.noteDropped(peer, reason, count);
  }

  /** As `ReceiveThreads.senderLosses()`. */
  senderLosses(): Promise<readonly SenderLoss[]> {
    return this.#threads.senderLosses();
  }

  /** As `ReceiveThreads.sendersHeard()`. */
  sendersHeard(): Promise<number> {
    return this.#threads.sendersHeard();
  }

  /** As `ReceiveThreads.totals()`. */
  totals(): Promise<readonly LossTotals[]> {
    return this.#threads.totals();
  }

  /** Datagrams that the kernel dropped since the UDP port was bound; 0 where it does not say. */
  async kernelDrops(): Promise<number> {
    const { udp } = this.#addresses;
    return udp === undefined ? 0 : ((await kernelDrops(udp.port)) ?? 0);
  }

  #count(counts: Counts, thread: number): void {
    this.#options.onCounts(counts, thread);
    if ((counts.drops[reasonKey('udp', 'queue_full')] ?? 0) > 0) this.#options.onDropped();
  }
}
