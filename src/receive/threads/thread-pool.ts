import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { LossTotals } from '../../core/loss/ledger.ts';
import type { LossRow } from '../../core/loss/loss-row.ts';
import { type Loss, together } from '../../core/loss/source.ts';
import { limits } from '../../core/model/limits.ts';
import type { Frame } from '../../core/model/message.ts';
import { type ErrorCode, OperatingError } from '../../errors.ts';
import type { Address } from '../receiver.ts';
import { exclusivePort } from '../udp.ts';
import { type Counts, type FromReceiver, type Live, type LossQuestion, type ToReceiver, unpack } from './protocol.ts';
import { SenderOwners } from './sender-owners.ts';

/** What a thread listens on; it is copied into the thread. */
export type ReceiveSettings = {
  readonly udp: Address | null;
  readonly tcp: Address | null;
  readonly tls: {
    readonly address: Address;
    readonly cert: Uint8Array;
    readonly key: Uint8Array;
    readonly ca: Uint8Array | null;
  } | null;
  /** Sender networks in CIDR; empty: all. */
  readonly allow: readonly string[];
  /** What the ledger knew when the service was stopped; of a thread what its ledger is to know. */
  readonly sources: readonly LossRow[];
  /** Several threads listen on the same UDP port, and the kernel deals out the datagrams by address and port. */
  readonly reusePort: boolean;
  /** Which of the threads it is, who has which sender, and the ways to the others; null at its own place. */
  readonly thread: number;
  readonly senders: SharedArrayBuffer;
  readonly ports: readonly (MessagePort | null)[];
};

type Options = {
  readonly settings: Omit<ReceiveSettings, 'reusePort' | 'thread' | 'senders' | 'ports'>;
  /** As many as there are processors for, unless a test says otherwise. */
  readonly count?: number;
  /** The clock that decides; a test's may be another than that of the threads. */
  readonly now: () => number;
  readonly frames: (frames: Frame[], thread: number) => void;
  readonly counts: (counts: Counts, thread: number) => void;
  readonly links: (links: readonly (readonly [peer: string, at: number])[]) => void;
  readonly sources: (rows: readonly LossRow[]) => Promise<void>;
  readonly warn: (message: string) => void;
  /** A thread has ended that should not have. */
  readonly failed: (error: unknown) => void;
};

/** What a thread makes is garbage at once; without a bound V8 gives it more and more room for that. */
const resourceLimits = { maxYoungGenerationSizeMb: 32 };

type Thread = { readonly worker: Worker; readonly stopped: Promise<void> };
type Asked = {
  readonly worker: Worker;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
};
type Answer = Extract<FromReceiver, { kind: 'answer' }>;

/** Threads that receive, so that no commit and no request ever makes a socket wait. */
export class ReceiveThreads {
  readonly #options: Options;
  readonly #threads: Thread[] = [];
  readonly #asked = new Map<number, Asked>();
  readonly #ended = new Set<Worker>();
  #asks = 0;
  #stampedAt = Number.NEGATIVE_INFINITY;
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Resolves once everything listens, with the bound addresses; or with nothing left open. */
  async start(): Promise<Partial<Record<Live, Address>>> {
    const { settings, count: wanted = Math.min(limits.receiveThreads, availableParallelism() - 1) } = this.#options;
    const count = settings.udp === null ? 1 : Math.max(1, wanted);
    const reusePort = count > 1;
    // Sharing a port with another program would silently lose what goes there.
    const udp = settings.udp !== null && reusePort ? await exclusivePort(settings.udp) : settings.udp;
    const senders = SenderOwners.memory();
    const sources = partition(settings.sources, new SenderOwners(senders), count);
    const ports = channelsBetween(count);
    const of = (thread: number) => ({
      ...{ reusePort, senders, thread, sources: sources[thread] ?? [], ports: ports[thread] ?? [] },
    });
    try {
      const addresses = await this.#open({ ...settings, udp, ...of(0) });
      for (let thread = 1; thread < count; thread++) {
        await this.#open({ ...settings, udp: addresses.udp ?? null, tcp: null, tls: null, ...of(thread) });
      }
      return addresses;
    } catch (error) {
      // Threads that were never started hand nothing over.
      for (const port of ports.slice(this.#threads.length).flat()) port?.close();
      await this.stop();
      throw error;
    }
  }

  /** So many frames of a thread have left the queue. */
  taken(thread: number, frames: number): void {
    this.#threads[thread]?.worker.postMessage({ kind: 'taken', frames } satisfies ToReceiver);
  }

  /**
   * What is known of the lines of some sources. One thread has the numbers of each, all may have dropped lines of it. None
   * answers once they are stopped.
   */
  async losses(questions: readonly LossQuestion[]): Promise<readonly Loss[]> {
    const shift = this.#shift();
    const shifted = questions.map(({ since, ...source }) => ({
      ...source,
      since: since === null ? null : since - shift,
    }));
    const answers = await Promise.all(this.#threads.map((thread) => this.#ask(thread, shifted)));
    const [first] = answers;
    return (first?.losses ?? []).map((loss, index) =>
      answers.slice(1).reduce((sum, { losses }) => together(sum, losses[index] as Loss), loss),
    );
  }

  /** Of all sources, by thread. */
  async totals(): Promise<readonly LossTotals[]> {
    const answers = await Promise.all(this.#threads.map((thread) => this.#ask(thread, null)));
    return answers.flatMap(({ totals }) => totals ?? []);
  }

  /** Resolves once all that was received has been handed over, and the ledger is kept. */
  async stop(): Promise<void> {
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'stop' } satisfies ToReceiver);
    await Promise.all(this.#threads.splice(0).map(({ stopped }) => stopped));
    await this.#keeping;
  }

  #ask({ worker }: Thread, questions: readonly LossQuestion[] | null): Promise<Answer> {
    const id = this.#asks++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { worker, resolve, reject });
      if (this.#ended.has(worker)) this.#end(worker);
      else worker.postMessage({ kind: 'ask', id, questions } satisfies ToReceiver);
    });
  }

  /** It answers nothing any more. */
  #end(worker: Worker): void {
    this.#ended.add(worker);
    for (const [id, asked] of this.#asked) {
      if (asked.worker !== worker) continue;
      this.#asked.delete(id);
      asked.reject(new OperatingError('QVW_REFUSED', 'the service is being stopped'));
    }
  }

  /** By the clock that decides, where the threads have another; in the order of arrival. */
  readonly #stamped = (frame: Frame): Frame => {
    const now = this.#options.now();
    this.#stampedAt = now <= this.#stampedAt && this.#stampedAt < now + 1 ? this.#stampedAt + 0.001 : now;
    return { ...frame, receivedAt: this.#stampedAt };
  };

  /** Between the clock that decides and that of the threads. */
  #shift(): number {
    const { now } = this.#options;
    return now === Date.now ? 0 : now() - Date.now();
  }

  #open(settings: ReceiveSettings): Promise<Partial<Record<Live, Address>>> {
    const { thread, ports } = settings;
    // Where the sources are run as they are it is a .ts file, in the package a .js file.
    const file = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
    const transferList = ports.filter((port) => port !== null);
    const worker = new Worker(file, { workerData: settings, transferList, execArgv: [], resourceLimits });
    const wanted = (['udp', 'tcp', 'tls'] as const).filter((transport) => settings[transport] !== null);
    const addresses: Partial<Record<Live, Address>> = {};
    let ended: () => void = () => {};
    const stopped = new Promise<void>((resolve) => {
      ended = () => {
        resolve();
        this.#end(worker);
      };
    });
    this.#threads.push({ worker, stopped });
    return new Promise((resolve, reject) => {
      let settled = wanted.length === 0;
      if (settled) resolve(addresses);
      worker.on('message', (message: FromReceiver) => {
        if (message.kind === 'received') this.#received(message, thread);
        else if (message.kind === 'warning') this.#options.warn(message.message);
        else if (message.kind === 'stopped') ended();
        else if (message.kind === 'answer') {
          this.#asked.get(message.id)?.resolve(message);
          this.#asked.delete(message.id);
        } else if (message.kind === 'sources') this.#keep(message.rows);
        else if (message.kind === 'refused') {
          settled = true;
          reject(new OperatingError(message.code as ErrorCode, message.message));
        } else {
          addresses[message.transport] = message.address;
          if (Object.keys(addresses).length < wanted.length) return;
          settled = true;
          resolve(addresses);
        }
      });
      worker.on('error', (error) => {
        ended();
        if (settled) this.#options.failed(error);
        else reject(error);
      });
      worker.on('exit', () => ended());
    });
  }

  #keep(rows: readonly LossRow[]): void {
    this.#keeping = this.#keeping
      .then(() => this.#options.sources(rows))
      .catch((error) => this.#options.warn(`what the loss ledger knew is not kept: ${(error as Error).message}`));
  }

  #received({ packed, counts, links }: Extract<FromReceiver, { kind: 'received' }>, thread: number): void {
    const { frames, now } = this.#options;
    this.#options.counts(counts, thread);
    if (links.length > 0) this.#options.links(links);
    if (packed !== null) frames(now === Date.now ? unpack(packed) : unpack(packed).map(this.#stamped), thread);
  }
}

/** Each source to the thread that has its sender from now on. */
function partition(rows: readonly LossRow[], table: SenderOwners, count: number): LossRow[][] {
  const dealt: LossRow[][] = Array.from({ length: count }, () => []);
  for (const [index, row] of rows.entries()) dealt[table.ownerOf(row.peer, index % count)]?.push(row);
  return dealt;
}

/** By thread, and by the other one: the end of a channel between the two. */
function channelsBetween(count: number): (MessagePort | null)[][] {
  const ways = Array.from({ length: count }, () => new Array<MessagePort | null>(count).fill(null));
  for (let from = 0; from < count; from++) {
    for (let to = from + 1; to < count; to++) {
      const { port1, port2 } = new MessageChannel();
      (ways[from] as (MessagePort | null)[])[to] = port1;
      (ways[to] as (MessagePort | null)[])[from] = port2;
    }
  }
  return ways;
}
