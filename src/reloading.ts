import { changedKeys } from './config/changed-keys.ts';
import type { Config } from './config/schema.ts';
import { OperatingError } from './errors.ts';
import type { Reloaded } from './serve/reloaded.ts';
import type { Log } from './telemetry/log.ts';

/**
 * `successful`: the last reload; true if there was none. `at`: the last successful one, or the start; `triedAt`: the last one;
 * milliseconds. `problem`: why it failed. `changed`: by the last successful one.
 */
export type ReloadState = {
  readonly successful: boolean;
  readonly at: number;
  readonly triedAt: number | null;
  readonly problem: string | null;
  readonly changed: readonly string[];
};

type Options = {
  /** What the service was started with. */
  readonly config: Config;
  /** Reads the configuration again. Throws what is wrong with it. */
  readonly read: () => Config | Promise<Config>;
  /** Uses it. Either all of it is used, or it throws and nothing has changed. */
  readonly use: (config: Config) => Promise<void>;
  /** Brings what is stored over to the configuration in use: resolves when all of it is. */
  readonly bringOver: () => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
  /** Null: a reload begins. Then it has ended; the text says how. */
  readonly onReload?: (ended: string | null) => void;
};

const NOT_USED = [
  'the configuration cannot be used: the former one stays',
  'the configuration cannot be used',
] as const;
const USED = [
  'the configuration is used, but what is stored is not all judged by it: the next reload or start goes on',
  'the configuration is used, but not all devices are judged by it',
] as const;

/** Reads and uses the configuration again, at SIGHUP and `POST /-/reload`; one reload after the other. */
export class Reloading {
  readonly #options: Options;
  #config: Config;
  #state: ReloadState;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#config = options.config;
    this.#state = { successful: true, at: options.now(), triedAt: null, problem: null, changed: [] };
  }

  get state(): ReloadState {
    return this.#state;
  }

  /** The configuration that was read last and is used, but for the keys that need a restart. */
  get config(): Config {
    return this.#config;
  }

  /** Rejects with what is wrong; then the former configuration is used, or what is stored could not be brought over to this one. */
  reload(): Promise<Reloaded> {
    const reloaded = this.#last.then(() => this.#reload());
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(): Promise<Reloaded> {
    const { read, use, bringOver, now, log, config, onReload = () => {} } = this.#options;
    onReload(null);
    let isUsed = false;
    try {
      const next = await read();
      await use(next);
      isUsed = true;
      const { changed } = changedKeys(this.#config, next);
      // What needs a restart differs from the start, however often it was read since.
      const { needsRestart } = changedKeys(config, next);
      this.#config = next;
      await bringOver();
      const at = now();
      this.#state = { successful: true, at, triedAt: at, problem: null, changed };
      log.info({ changed, needsRestart }, 'the configuration was read again');
      onReload('listening; the configuration was read again');
      if (needsRestart.length > 0) log.warn({ needsRestart }, 'a restart is needed to use these keys');
      return { changed, needsRestart };
    } catch (error) {
      const problem = error instanceof OperatingError ? error.message : 'it failed; see the log of the service';
      this.#state = { ...this.#state, successful: false, triedAt: now(), problem };
      const problems = error instanceof OperatingError ? { problems: error.problems } : {};
      const [said, told] = isUsed ? USED : NOT_USED;
      log.error({ err: error, ...problems }, said);
      onReload(`listening; ${told}: ${problem}`);
      throw error;
    }
  }
}
