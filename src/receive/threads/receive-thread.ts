import { extname } from 'node:path';
import { type MessagePort, Worker } from 'node:worker_threads';
import type { LossRow } from '../../core/loss/loss-row.ts';
import type { DropReason } from '../../core/loss/source.ts';
import type { LiveTransport } from '../../core/model/message.ts';
import { type ErrorCode, OperatingError } from '../../errors.ts';
import type { Address } from '../receiver.ts';
import type { SenderSettings } from '../senders.ts';
import { enabledTransports, type ListenSettings, type TlsByTransport } from '../transports.ts';
import type { FromReceiver, LossQuestions, ToReceiver } from './protocol.ts';

/** What a thread is made from; it is copied into the thread. */
export type ReceiveSettings = {
  readonly listen: ListenSettings;
  readonly senders: SenderSettings;
  /** The rows that the loss ledger of this thread begins with. */
  readonly lossRows: readonly LossRow[];
  /** Sockets that this thread opens on the port of UDP; the kernel distributes the datagrams by address and port. Null: one of its own. */
  readonly sockets: number | null;
  /** Milliseconds that its clock is ahead of that of this machine. */
  readonly aheadMs: number;
  /** The thread's own number, from 0. */
  readonly thread: number;
  /** The memory of `SenderOwners`. */
  readonly owners: SharedArrayBuffer;
  /** The channels to the other threads, by their number; null at its own place. */
  readonly ports: readonly (MessagePort | null)[];
};

export type BoundAddresses = Partial<Record<LiveTransport, Address>>;

type Answer = Extract<FromReceiver, { kind: 'answer' }>;
type Pending = { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void };

/** The messages that are not about the thread itself. */
export type ThreadMessage = Extract<FromReceiver, { kind: 'received' | 'warning' | 'sources' | 'told' | 'gaps' }>;

type Options = {
  readonly settings: ReceiveSettings;
  readonly onMessage: (message: ThreadMessage) => void;
  /** The thread has failed after it listened. */
  readonly failed: (error: unknown) => void;
};

/** What a thread allocates is garbage at once; without a bound V8 lets its young generation grow. */
const resourceLimits = { maxYoungGenerationSizeMb: 32 };

/** One thread that receives, as the main thread sees it. */
export class ReceiveThread {
  readonly #options: Options;
  readonly #listening = Promise.withResolvers<BoundAddresses>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #addresses: BoundAddresses = {};
  readonly #pending = new Map<number, Pending>();
  #questions = 0;
  #worker: Worker | null = null;
  /** `start()` has succeeded or failed. */
  #started = false;
  #ended = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Resolves with the bound addresses once the thread listens on all of them. */
  start(): Promise<BoundAddresses> {
    const { settings } = this.#options;
    // A .ts file where the sources are run as they are, a .js file in the package.
    const file = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
    const transferList = settings.ports.filter((port) => port !== null);
    const worker = new Worker(file, { workerData: settings, transferList, execArgv: [], resourceLimits });
    this.#worker = worker;
    this.#resolveWhenListening();
    worker.on('message', (message: FromReceiver) => this.#receive(message));
    worker.on('error', (error) => {
      this.#end();
      if (this.#started) this.#options.failed(error);
      else this.#listening.reject(error);
    });
    worker.on('exit', () => this.#end());
    return this.#listening.promise;
  }

  /** As `FilteringIntake.acknowledge()`. */
  acknowledge(ordinals: readonly number[]): void {
    this.#send({ kind: 'ack', ordinals });
  }

  /** Uses other settings from now on. */
  configure(senders: SenderSettings, tls: TlsByTransport): void {
    this.#send({ kind: 'configure', senders, tls });
  }

  /** Its clock is so far ahead of that of this machine from now on. */
  useClock(aheadMs: number): void {
    this.#send({ kind: 'clock', aheadMs });
  }

  /** Lines that it had sent were dropped. */
  noteDropped(peer: string, reason: DropReason, count: number): void {
    this.#send({ kind: 'dropped', peer, reason, count });
  }

  /** Asks for the rows of its loss ledger that have changed, as a message. */
  tell(): void {
    this.#send({ kind: 'tell' });
  }

  /** Asks its loss ledger. Rejects with `QVW_REFUSED` once the thread has ended. */
  ask(questions: LossQuestions): Promise<Answer> {
    const id = this.#questions++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (this.#ended) this.#rejectPending();
      else this.#send({ kind: 'ask', id, questions });
    });
  }

  /** Resolves once the thread has sent all that it received, and the rows of its ledger. */
  stop(): Promise<void> {
    this.#send({ kind: 'stop' });
    return this.#stopped.promise;
  }

  #receive(message: FromReceiver): void {
    switch (message.kind) {
      case 'listening':
        this.#addresses[message.transport] = message.address;
        this.#resolveWhenListening();
        break;
      case 'refused':
        this.#started = true;
        this.#listening.reject(new OperatingError(message.code as ErrorCode, message.message));
        break;
      case 'answer':
        this.#pending.get(message.id)?.resolve(message);
        this.#pending.delete(message.id);
        break;
      case 'stopped':
        this.#end();
        break;
      default:
        this.#options.onMessage(message);
    }
  }

  #resolveWhenListening(): void {
    const { listen } = this.#options.settings;
    if (Object.keys(this.#addresses).length < enabledTransports(listen).length) return;
    this.#started = true;
    this.#listening.resolve(this.#addresses);
  }

  /** The thread answers no question any more. */
  #end(): void {
    this.#ended = true;
    this.#stopped.resolve();
    this.#rejectPending();
  }

  #rejectPending(): void {
    for (const { reject } of this.#pending.values()) {
      reject(new OperatingError('QVW_REFUSED', 'the service is being stopped'));
    }
    this.#pending.clear();
  }

  #send(message: ToReceiver): void {
    this.#worker?.postMessage(message);
  }
}
