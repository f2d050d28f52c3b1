import { newNumbers, readNumbers } from '../core/decode/quick-numbers.ts';
import type { Record as SyslogRecord } from '../core/frame/record.ts';
import type { LossLedger } from '../core/loss/ledger.ts';
import type { DropReason as LossReason } from '../core/loss/source.ts';
import { limits } from '../core/model/limits.ts';
import type { LiveTransport } from '../core/model/message.ts';
import { FrameCollector } from '../core/read/frame-collector.ts';
import { LiveHearing } from '../core/read/hearing.ts';
import { Prefilter } from '../core/read/prefilter.ts';
import { OnceAMinute } from './once-a-minute.ts';
import type { DropReason, Intake, Taken } from './receiver.ts';
import { type DenialReason, type Senders, sourceOf } from './senders.ts';
import { type Counts, type FromReceiver, noCounts, pack, reasonKey } from './threads/protocol.ts';
import { WaitingLines } from './waiting-lines.ts';

/** Counts are sent at this interval while no line is kept. */
const COUNTS_MS = 200;

const DENIALS: Readonly<Record<DenialReason, string>> = {
  allow: 'syslog.allow does not list the sender',
  per_source: 'the sender has as many as syslog.perSource.connections allows',
  limit: 'all connections are taken, and it had sent nothing',
  handshake: 'the TLS handshake failed',
  proxy: 'syslog.proxy lists the sender, and it did not begin with a PROXY header',
  descriptors: 'file descriptors are used up',
};

type Options = {
  readonly now: () => number;
  /** Notes the numbers of every line. */
  readonly ledger: LossLedger;
  readonly send: (message: Extract<FromReceiver, { kind: 'received' }>) => void;
  readonly senders: Senders;
  readonly warn: (message: string) => void;
  /** Milliseconds of a clock that does not step. */
  readonly monotonic: () => number;
};

/**
 * The intake of a thread. A prefilter discards most records, but those that report them; the others are buffered for up to `lingerMs` and sent in one
 * message. The frames that are buffered, or sent and not acknowledged, are bounded by `WaitingLines`: streams are paused,
 * datagrams beyond their bound are dropped and counted.
 */
export class FilteringIntake implements Intake {
  readonly #options: Options;
  readonly #numbers = newNumbers();
  readonly #collector = new FrameCollector(new Prefilter(undefined, true), undefined, new LiveHearing(this.#numbers));
  #counts = noCounts();
  #changed = false;
  readonly #lines: WaitingLines;
  /** Frames that were sent to the main thread. */
  #sent = 0;
  #lastReceivedAt = 0;
  #flushedAt = 0;
  #flushing: NodeJS.Timeout | NodeJS.Immediate | null = null;
  #counting: NodeJS.Timeout | null = null;
  readonly #waiting = new Set<{ readonly peer: string; readonly callback: () => void }>();
  readonly #waitingForStore = new Set<() => void>();
  readonly #logged = new OnceAMinute();
  /** The sender of the record that is taken. */
  #peer = '';
  readonly #admits = (): boolean => this.#options.senders.takesLine(this.#peer, this.#options.monotonic());

  constructor(options: Options) {
    this.#options = options;
    this.#lines = new WaitingLines((peer) => options.senders.isRelay(peer));
  }

  hasCapacity(peer: string): boolean {
    return this.#lines.hasRoom(peer, 'streams');
  }

  onCapacity(peer: string, callback: () => void): () => void {
    const waiting = { peer, callback };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  get kept(): number {
    return this.#sent + this.#collector.kept;
  }

  isStored(ordinal: number): boolean {
    return !this.#lines.has(ordinal);
  }

  onStored(callback: () => void): () => void {
    this.#waitingForStore.add(callback);
    return () => this.#waitingForStore.delete(callback);
  }

  take(record: SyslogRecord, peer: string, transport: LiveTransport): Taken {
    const { bytes, start, end, framing, truncated, certified } = record;
    const counts = this.#count();
    counts.lines[transport]++;
    counts.framings[framing]++;
    const { ledger } = this.#options;
    const receivedAt = this.#receivedAt();
    readNumbers(bytes, start, end, this.#numbers);
    ledger.note(peer, this.#numbers, receivedAt);
    if (truncated) {
      this.#dropOf(peer, transport, 'oversize', receivedAt);
    }
    const full = transport === 'udp' ? !this.#lines.hasRoom(peer, 'datagrams') : this.#lines.isFull;
    this.#peer = peer;
    const from = { peer, transport, receivedAt, certified };
    const verdict = this.#collector.add(bytes, start, end, truncated, from, full, this.#admits);
    if (verdict === 'refused') {
      const reason = full ? 'queue_full' : 'rate_limited';
      this.#dropOf(peer, transport, reason, receivedAt);
      if (!full) this.#warn(peer, `${peer} sends more than syslog.perSource.lines: its further lines are dropped`);
      return 'refused';
    }
    if (verdict === 'keep' || verdict === 'report') {
      this.#lines.add(this.kept, peer, transport === 'udp' ? 'datagrams' : 'streams');
    }
    if (verdict === 'keep') this.#flushWhenDue();
    // A report has time: it goes with the counts.
    if (verdict === 'report' && this.#collector.kept >= limits.batchLines) this.flush();
    // After a kill a report is made anew from the next line.
    return verdict === 'keep' ? 'kept' : 'counted';
  }

  received(transport: LiveTransport, bytes: number): void {
    this.#count().bytes[transport] += bytes;
  }

  drop(transport: LiveTransport, reason: DropReason, count: number): void {
    const { drops } = this.#count();
    const key = reasonKey(transport, reason);
    drops[key] = (drops[key] ?? 0) + count;
  }

  /** What is known to be of a sender is counted for the sender, too. */
  #dropOf(peer: string, transport: LiveTransport, reason: LossReason, at: number): void {
    this.drop(transport, reason, 1);
    this.#options.ledger.dropped(peer, reason, 1, at);
  }

  denied(transport: LiveTransport, reason: DenialReason, peer: string, detail = ''): void {
    const { denials } = this.#count();
    const key = reasonKey(transport, reason);
    denials[key] = (denials[key] ?? 0) + 1;
    this.#dropOf(peer, transport, 'denied', this.#options.now());
    // The main thread says this, for all threads.
    if (reason === 'descriptors') return;
    this.#warn(
      peer,
      `a connection of ${peer} over ${transport} was closed: ${DENIALS[reason]}${detail && ` (${detail})`}`,
    );
  }

  misnamed(transport: LiveTransport, peer: string, device: string): void {
    this.#dropOf(peer, transport, 'denied', this.#options.now());
    const message = `a line of ${peer} over ${transport} names ${device}, which its certificate does not: it was dropped`;
    this.#warn(peer, message);
  }

  /** At most one line a source and minute. */
  #warn(peer: string, message: string): void {
    if (this.#logged.allows(sourceOf(peer), this.#options.monotonic())) this.#options.warn(message);
  }

  connections(transport: LiveTransport, open: number): void {
    this.#count().connections[transport] = open;
  }

  /**
   * These of all frames that the main thread ever got are stored. Calls back the streams of senders that have half of their
   * room again, and who waits for what is stored.
   */
  acknowledge(ordinals: Iterable<number>): void {
    this.#lines.remove(ordinals);
    callAll(this.#waitingForStore);
    for (const waiting of [...this.#waiting]) {
      if (!this.#lines.hasRoom(waiting.peer, 'streams', 0.5)) continue;
      this.#waiting.delete(waiting);
      waiting.callback();
    }
  }

  /** Sends what is buffered, and the counts, now. */
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
    this.#sent += filtered.frames.length;
    this.#flushedAt = this.#options.now();
    this.#options.send({ kind: 'received', packed: pack(filtered), counts, links: [...filtered.links] });
  }

  /** A line after a pause is sent at once; lines that follow it wait up to `lingerMs`, so that they share a commit. */
  #flushWhenDue(): void {
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

  /** Lines of one millisecond are stamped a microsecond apart, so that their stamps keep their order. */
  #receivedAt(): number {
    const now = this.#options.now();
    this.#lastReceivedAt = now === Math.floor(this.#lastReceivedAt) ? this.#lastReceivedAt + 0.001 : now;
    return this.#lastReceivedAt;
  }
}

/** Each once; a callback may add itself again. */
function callAll(callbacks: Set<() => void>): void {
  const all = [...callbacks];
  callbacks.clear();
  for (const callback of all) callback();
}
