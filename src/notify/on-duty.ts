import { OperatingError } from '../errors.ts';
import type { Duty } from '../store/ports/alert-log.ts';
import type { Post } from './http-post.ts';
import type { OpenStateSink, SinkContext } from './sink-kind.ts';

type Options = Pick<SinkContext, 'log'> & {
  readonly name: string;
  readonly duty: Duty;
  /** Sends nothing after the duty has run out. */
  readonly post: Post;
  /** Opens the sink; called each time the duty is taken, so that the sink reads from the store what was told before. */
  readonly open: (post: Post) => OpenStateSink;
};

/** A sink that is open at one instance at a time: several would open alerts again that another one has just ended. */
export class OnDuty implements OpenStateSink {
  readonly name: string;
  readonly #options: Options;
  #sink: OpenStateSink | null = null;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  /** Until when the duty is held, by the monotonic clock in milliseconds. */
  #heldUntil = 0;
  #stopped = false;

  constructor(options: Options) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    const renew = () => {
      this.#work = this.#work.then(() => this.#renew());
    };
    this.#timer = setInterval(renew, this.#options.duty.everyMs);
    renew();
  }

  notify(devices: Iterable<string>): void {
    this.#sink?.notify(devices);
  }

  pending(): ReturnType<OpenStateSink['pending']> {
    return this.#sink?.pending() ?? { pending: 0, oldestAt: null };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#work;
    await this.#close();
    if (this.#heldUntil === 0) return;
    // Where the store cannot be reached, the duty runs out.
    await this.#options.duty.leave(this.name).catch((error) => this.#warn(error));
  }

  async #renew(): Promise<void> {
    if (this.#stopped) return;
    if (!(await this.#isHeld())) await this.#close();
    else if (this.#sink === null) {
      this.#sink = this.#options.open((...request) => this.#post(...request));
      this.#sink.start();
      this.#options.log('info', { sink: this.name }, 'this instance tells the sink from now on');
    }
  }

  /** Asks for the duty, or for more of it; one that cannot be asked for runs out. */
  async #isHeld(): Promise<boolean> {
    const askedAt = performance.now();
    try {
      const forMs = await this.#options.duty.take(this.name);
      this.#heldUntil = forMs === 0 ? 0 : Math.max(this.#heldUntil, askedAt + forMs);
    } catch (error) {
      this.#warn(error);
      // One that does not pass: the name of this instance is another process's.
      if (error instanceof OperatingError && !error.retryable) this.#heldUntil = 0;
    }
    return performance.now() < this.#heldUntil;
  }

  /** Asks before each request, too: a process that stood still may not know for how long. */
  async #post(...request: Parameters<Post>): ReturnType<Post> {
    if (!(await this.#isHeld())) throw new Error('another instance may tell this sink by now');
    return this.#options.post(...request);
  }

  async #close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    await sink?.stop();
  }

  #warn(error: unknown): void {
    this.#options.log('warn', { err: error, sink: this.name }, 'it is not known which instance tells the sink');
  }
}
