import type { MessagePort } from 'node:worker_threads';
import type { Numbers } from '../../core/decode/quick-numbers.ts';
import type { Partitioning } from '../../core/loss/ledger.ts';
import type { SenderOwners } from './sender-owners.ts';

/** One line's numbers, for the thread that has its sender. */
type Noted = { readonly peer: string; readonly numbers: Numbers; readonly at: number };
/** `last`: the other thread receives no more. */
type Between = { readonly noted: readonly Noted[]; readonly last: boolean };

type Options = {
  readonly thread: number;
  readonly table: SenderOwners;
  /** To the other threads; null at its own place. */
  readonly ports: readonly (MessagePort | null)[];
  readonly note: (peer: string, numbers: Numbers, at: number) => void;
};

/** The lines whose senders other threads have, on their way to those, at most one turn of the event loop later. */
export class LossForwarder implements Partitioning {
  readonly #options: Options;
  readonly #noted: Noted[][];
  readonly #ended: Promise<unknown>;
  #sending: NodeJS.Immediate | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#noted = options.ports.map(() => []);
    this.#ended = Promise.all(options.ports.map((port) => (port === null ? null : this.#until(port))));
  }

  readonly owns = (peer: string): boolean => {
    const { table, thread } = this.#options;
    return table.ownerOf(peer, thread) === thread;
  };

  readonly forward = (peer: string, numbers: Numbers, at: number): void => {
    const { table, thread } = this.#options;
    this.#noted[table.ownerOf(peer, thread)]?.push({ peer, numbers: { ...numbers }, at });
    this.#sending ??= setImmediate(() => this.#send());
  };

  /** Resolves once everything has been handed over, in both directions. */
  async end(): Promise<void> {
    if (this.#sending !== null) clearImmediate(this.#sending);
    this.#send({ last: true });
    await this.#ended;
  }

  #send({ last = false } = {}): void {
    this.#sending = null;
    for (const [thread, port] of this.#options.ports.entries()) {
      const noted = this.#noted[thread] as Noted[];
      if (port === null || (noted.length === 0 && !last)) continue;
      port.postMessage({ noted, last } satisfies Between);
      this.#noted[thread] = [];
    }
  }

  /** Takes what comes, until the other thread ends or is no more. */
  #until(port: MessagePort): Promise<void> {
    return new Promise((resolve) => {
      port.on('close', resolve);
      port.on('message', ({ noted, last }: Between) => {
        for (const { peer, numbers, at } of noted) this.#options.note(peer, numbers, at);
        if (last) resolve();
      });
    });
  }
}
