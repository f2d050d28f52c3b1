import { availableParallelism } from 'node:os';
import type { Gap } from '../../core/loss/gaps.ts';
import type { LossTotals } from '../../core/loss/ledger.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import { joinSenders, type SenderLoss } from '../../core/loss/sender-loss.ts';
import { type DropReason, type Loss, together } from '../../core/loss/source.ts';
import { limits } from '../../core/model/limits.ts';
import type { Frame, LiveTransport } from '../../core/model/message.ts';
import { descriptorLimit } from '../../descriptor-room.ts';
import type { SenderSettings } from '../senders.ts';
import { canSharePort } from '../shared-port.ts';
import {
  enabledTransports,
  type ListenSettings,
  sharedSettings,
  type TlsByTransport,
  transports,
  withExclusivePorts,
} from '../transports.ts';
import { GapKeeping } from './gap-keeping.ts';
import { channelsBetween } from './loss-forwarder.ts';
import { type Counts, type LossQuestion, unpack } from './protocol.ts';
import { type BoundAddresses, type ReceiveSettings, ReceiveThread, type ThreadMessage } from './receive-thread.ts';
import { partition, SenderOwners } from './sender-owners.ts';

export type ReceiveThreadsOptions = {
  readonly listen: ListenSettings;
  readonly senders: SenderSettings;
  /** The number of threads; without it as many as there are processors for, at most `receiveThreads`. */
  readonly count?: number;
  /** The clock that decides. Where it differs from the clock of the threads, frames are stamped anew. */
  readonly now: () => number;
  /** Milliseconds that the clock of another machine, which decides, is ahead of this one's; null: it is not known any more. */
  readonly ahead?: () => number | null;
  /** `thread`: which thread has received them; the number for `acknowledge`. */
  readonly onFrames: (frames: Frame[], thread: number) => void;
  readonly onCounts: (counts: Counts, thread: number) => void;
  /** Senders that reported a link that went down, and when. */
  readonly onLinks: (links: readonly (readonly [peer: string, at: number])[]) => void;
  /** Stores the rows of the loss ledger when the threads stop. */
  readonly saveLossRows: (rows: readonly LossRow[]) => Promise<void>;
  /** Tells other instances what changed in the loss ledger, after `tell()`. */
  readonly tellLossRows: (rows: readonly LossRow[]) => Promise<void>;
  /** Keeps lines that were lost, as gaps of time. */
  readonly saveGaps: (gaps: readonly Gap[]) => Promise<void>;
  readonly warn: (message: string) => void;
  /** A thread has ended that should not have. */
  readonly failed: (error: unknown) => void;
};

/** Frames come to the main thread within this time. */
const PLAUSIBLE_MS = 5000;
/** So far the clock of the threads may be off that which decides before they are told. */
const AHEAD_STEP_MS = 10;

/** The threads that receive, so that no commit and no request ever makes a socket wait. */
export class ReceiveThreads {
  readonly #options: ReceiveThreadsOptions;
  readonly #threads: ReceiveThread[] = [];
  #stampedAt = Number.NEGATIVE_INFINITY;
  /** How far the clock of the threads is ahead of that of this machine. */
  #aheadMs: number;
  #saving: Promise<void> = Promise.resolve();
  readonly #gaps: GapKeeping;

  constructor(options: ReceiveThreadsOptions) {
    this.#options = options;
    this.#aheadMs = options.ahead?.() ?? 0;
    this.#gaps = new GapKeeping(options);
  }

  /**
   * Resolves with the bound addresses once everything listens; where something cannot, it rejects and nothing is left open.
   * `lossRows`: the rows that the loss ledger begins with.
   */
  async start(lossRows: readonly LossRow[]): Promise<BoundAddresses> {
    const { senders, count: wanted = Math.min(limits.receiveThreads, availableParallelism() - 1) } = this.#options;
    const isShared = enabledTransports(this.#options.listen).some((name) => canBeShared(this.#options.listen, name));
    const shares = canSharePort && isShared;
    const count = shares ? Math.max(1, wanted) : 1;
    const sockets = shares ? Math.ceil(udpSockets() / count) : null;
    const listen = shares ? await withExclusivePorts(this.#options.listen) : this.#options.listen;
    const owners = SenderOwners.memory();
    const parts = partition(lossRows, new SenderOwners(owners), count);
    const ports = channelsBetween(count);
    const of = (thread: number) => ({
      ...{
        senders,
        sockets,
        owners,
        thread,
        aheadMs: this.#aheadMs,
        lossRows: parts[thread] ?? [],
        ports: ports[thread] ?? [],
      },
    });
    try {
      const addresses = await this.#open({ listen, ...of(0) });
      for (let thread = 1; thread < count; thread++) {
        await this.#open({ listen: sharedSettings(listen, addresses), ...of(thread) });
      }
      return addresses;
    } catch (error) {
      // The channels of threads that were never started are still here.
      for (const port of ports.slice(this.#threads.length).flat()) port?.close();
      await this.stop();
      throw error;
    }
  }

  /** As `FilteringIntake.acknowledge()`. Ignored once the threads are stopped. */
  acknowledge(thread: number, ordinals: readonly number[]): void {
    this.#threads[thread]?.acknowledge(ordinals);
  }

  /** Uses other settings in all threads from now on. The sockets stay open. */
  configure(senders: SenderSettings, tls: TlsByTransport): void {
    for (const thread of this.#threads) thread.configure(senders, tls);
  }

  /** Has the threads go by the clock that decides; to be called every second or so. */
  useClock(): void {
    const aheadMs = this.#options.ahead?.() ?? this.#aheadMs;
    if (Math.abs(aheadMs - this.#aheadMs) < AHEAD_STEP_MS) return;
    this.#aheadMs = aheadMs;
    for (const thread of this.#threads) thread.useClock(this.#aheadMs);
  }

  /**
   * What is known of the lines of some sources, an answer to each question: one thread has the numbers of a source, all may
   * have dropped lines of it. Empty once the threads are stopped.
   */
  async losses(questions: readonly LossQuestion[]): Promise<readonly Loss[]> {
    const shift = this.#clockShift();
    const shifted = questions.map(({ since, ...source }) => ({
      ...source,
      since: since === null ? null : since - shift,
    }));
    const answers = await Promise.all(this.#threads.map((thread) => thread.ask(shifted)));
    const [first] = answers;
    const ahead = (at: number | null) => (at === null ? null : at + shift);
    return (first?.losses ?? [])
      .map((loss, index) => answers.slice(1).reduce((sum, { losses }) => together(sum, losses[index] as Loss), loss))
      .map((loss) => ({ ...loss, since: ahead(loss.since), lastSeenAt: ahead(loss.lastSeenAt) }));
  }

  /** Has `tellLossRows` called with what changed in the loss ledger. */
  tell(): void {
    for (const thread of this.#threads) thread.tell();
  }

  /** Counts lines that were dropped after they had been received, beside those that the threads have dropped. */
  noteDropped(peer: string, reason: DropReason, count: number): void {
    this.#threads[0]?.noteDropped(peer, reason, count);
  }

  /** The senders of which lines are missing or were dropped, at most `limits.listedSenders` a thread. */
  async senderLosses(): Promise<readonly SenderLoss[]> {
    const answers = await Promise.all(this.#threads.map((thread) => thread.ask('senders')));
    const shift = this.#clockShift();
    const senders = joinSenders(answers.flatMap((answer) => answer.senders));
    return senders.map((sender) => ({ ...sender, lastSeenAt: sender.lastSeenAt + shift }));
  }

  /** How many addresses have sent a line within the last hour (`lossLimits.heardMs`). */
  async sendersHeard(): Promise<number> {
    const answers = await Promise.all(this.#threads.map((thread) => thread.ask('heard')));
    return answers.reduce((sum, { heard }) => sum + heard, 0);
  }

  /** The totals of all sources, by thread. */
  async totals(): Promise<readonly LossTotals[]> {
    const answers = await Promise.all(this.#threads.map((thread) => thread.ask('totals')));
    return answers.flatMap(({ totals }) => totals ?? []);
  }

  /**
   * Resolves once `onFrames` has got all that was received, and the ledger is stored. What is acknowledged meanwhile reaches
   * the senders that wait for it.
   */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    this.#threads.length = 0;
    await this.#saving;
    await this.#gaps.settled();
  }

  #open(settings: ReceiveSettings): Promise<BoundAddresses> {
    const thread = new ReceiveThread({
      settings,
      onMessage: (message) => this.#receive(message, settings.thread),
      failed: this.#options.failed,
    });
    this.#threads.push(thread);
    return thread.start();
  }

  #receive(message: ThreadMessage, thread: number): void {
    if (message.kind === 'warning') this.#options.warn(message.message);
    else if (message.kind === 'sources') this.#save(message.rows, this.#options.saveLossRows);
    else if (message.kind === 'told') this.#save(message.rows, this.#options.tellLossRows);
    else if (message.kind === 'gaps') this.#gaps.add(message.gaps, this.#clockShift());
    else this.#forward(message, thread);
  }

  #forward({ packed, counts, links }: Extract<ThreadMessage, { kind: 'received' }>, thread: number): void {
    const { onFrames, onCounts, onLinks, now } = this.#options;
    onCounts(counts, thread);
    if (links.length > 0) onLinks(links);
    if (packed === null) return;
    const at = now();
    onFrames(
      unpack(packed).map((frame) => (this.#isPlausible(frame, at) ? frame : this.#stamped(frame))),
      thread,
    );
  }

  #save(rows: readonly LossRow[], save: ReceiveThreadsOptions['saveLossRows']): void {
    this.#saving = this.#saving
      .then(() => save(rows))
      .catch((error) => this.#options.warn(`what the loss ledger knew is not kept: ${(error as Error).message}`));
  }

  /** Whether the clock of the threads is that which decides: it is not during a step that is not believed, and in tests. */
  #isPlausible({ receivedAt }: Frame, now: number): boolean {
    return Math.abs(receivedAt - now) < PLAUSIBLE_MS;
  }

  /** By the clock that decides, where the threads have another one; in the order of arrival. */
  readonly #stamped = (frame: Frame): Frame => {
    const now = this.#options.now();
    this.#stampedAt = now <= this.#stampedAt && this.#stampedAt < now + 1 ? this.#stampedAt + 0.001 : now;
    return { ...frame, receivedAt: this.#stampedAt };
  };

  /** Milliseconds that the clock that decides is ahead of that of the threads. */
  #clockShift(): number {
    const shift = this.#options.now() - (Date.now() + this.#aheadMs);
    return Math.abs(shift) < PLAUSIBLE_MS ? 0 : shift;
  }
}

/** Whether several threads listen on its port. A socket that was bound before is read by one thread. */
function canBeShared(listen: ListenSettings, name: LiveTransport): boolean {
  const settings = listen[name];
  return transports[name].shared !== null && settings !== null && !('fd' in settings);
}

/** Of all threads together; at most an eighth of the file descriptors that the process may have. */
function udpSockets(): number {
  return Math.min(limits.udpSockets, (descriptorLimit() ?? Number.POSITIVE_INFINITY) / 8);
}
