import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Numbers } from '../../core/decode/quick-numbers.ts';
import type { Partitioning } from '../../core/loss/ledger.ts';
import type { SenderOwners } from './sender-owners.ts';

/** The numbers of one line, for the thread that owns its sender. */
type LineNumbers = { readonly peer: string; readonly numbers: Numbers; readonly at: number };
/** `last`: the thread that sends this receives no more lines. */
type Message = { readonly lines: readonly LineNumbers[]; readonly last: boolean };

type Options = {
  readonly thread: number;
  readonly owners: SenderOwners;
  /** The channels to the other threads, by their number; null at its own place. */
  readonly ports: readonly (MessagePort | null)[];
  /** Notes the numbers of a line of this thread's senders in its ledger. */
  readonly note: (peer: string, numbers: Numbers, at: number) => void;
};

/** Sends the numbers of lines to the threads that own their senders, at most one turn of the event loop later. */
export class LossForwarder implements Partitioning {
  readonly #options: Options;
  /** By thread. */
  readonly #pending: LineNumbers[][];
  readonly #ended: Promise<unknown>;
  #sending: NodeJS.Immediate | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#pending = options.ports.map(() => []);
    this.#ended = Promise.all(options.ports.map((port) => (port === null ? null : this.#receiveFrom(port))));
  }

  readonly owns = (peer: string): boolean => {
    const { owners, thread } = this.#options;
    return owners.ownerOf(peer, thread) === thread;
  };

  readonly forward = (peer: string, numbers: Numbers, at: number): void => {
    const { owners, thread } = this.#options;
    this.#pending[owners.ownerOf(peer, thread)]?.push({ peer, numbers: { ...numbers }, at });
    this.#sending ??= setImmediate(() => this.#send());
  };

  /** Resolves once everything has been sent to the other threads, and received from them. */
  async end(): Promise<void> {
    if (this.#sending !== null) clearImmediate(this.#sending);
    this.#send({ last: true });
    await this.#ended;
  }

  #send({ last = false } = {}): void {
    this.#sending = null;
    for (const [thread, port] of this.#options.ports.entries()) {
      const lines = this.#pending[thread] as LineNumbers[];
      if (port === null || (lines.length === 0 && !last)) continue;
      port.postMessage({ lines, last } satisfies Message);
      this.#pending[thread] = [];
    }
  }

  /** Resolves once the other thread has sent its last message, or is gone. */
  #receiveFrom(port: MessagePort): Promise<void> {
    return new Promise((resolve) => {
      port.on('close', resolve);
      port.on('message', ({ lines, last }: Message) => {
        for (const { peer, numbers, at } of lines) this.#options.note(peer, numbers, at);
        if (last) resolve();
      });
    });
  }
}

/** A channel between any two threads: `[from][to]` is the end of `from`. */
export function channelsBetween(count: number): (MessagePort | null)[][] {
  const ends = Array.from({ length: count }, () => new Array<MessagePort | null>(count).fill(null));
  for (let from = 0; from < count; from++) {
    for (let to = from + 1; to < count; to++) {
      const { port1, port2 } = new MessageChannel();
      (ends[from] as (MessagePort | null)[])[to] = port1;
      (ends[to] as (MessagePort | null)[])[from] = port2;
    }
  }
  return ends;
}
