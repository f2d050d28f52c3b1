import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { type DescriptorUse, descriptorLimit } from './descriptor-room.ts';
import { OnceAMinute } from './receive/once-a-minute.ts';
import type { Log } from './telemetry/log.ts';

/** How long the service is not ready after the last shortage, in milliseconds. */
const AFTER_MS = 10_000;
/** The process, or the whole system, has no descriptor left. */
const USED_UP = ['EMFILE', 'ENFILE'];

type Options = {
  readonly log: Pick<Log, 'error'>;
  /** Milliseconds of a clock that does not step. */
  readonly monotonic: () => number;
  /** Takes a descriptor and gives it back; throws `EMFILE` or `ENFILE` where there is none. */
  readonly probe?: () => void;
};

/** Counts what could not get a file descriptor, says so once a minute, and keeps the service from being ready. */
export class DescriptorWatch {
  readonly #options: Options;
  readonly #counts: Record<DescriptorUse, number>;
  #shortAt = Number.NEGATIVE_INFINITY;
  readonly #logged = new OnceAMinute();

  /** `uses`: what is counted from the start. */
  constructor(uses: readonly DescriptorUse[], options: Options) {
    this.#options = options;
    this.#counts = Object.fromEntries([...uses, 'check'].map((use) => [use, 0]));
  }

  get counts(): Readonly<Record<DescriptorUse, number>> {
    return this.#counts;
  }

  /** To be called each second: sees a shortage that no listener sees, of the system or because of a lower limit. */
  check(): void {
    try {
      (this.#options.probe ?? openOne)();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (USED_UP.includes(code)) this.onShort('check', 1);
    }
  }

  /** `count` connections, or checks, found no descriptor to spare. */
  onShort(use: DescriptorUse, count: number): void {
    this.#counts[use] = (this.#counts[use] ?? 0) + count;
    const now = this.#options.monotonic();
    this.#shortAt = now;
    if (!this.#logged.allows('', now)) return;
    this.#options.log.error(
      { use, limit: descriptorLimit(), counts: { ...this.#counts } },
      'file descriptors are used up: connections are closed; raise the limit (LimitNOFILE=, ulimit -n)',
    );
  }

  /** As a sentence for people; null if there is room. */
  problem(): string | null {
    return this.#options.monotonic() - this.#shortAt < AFTER_MS
      ? 'file descriptors are used up: connections are closed; raise the limit of the service (LimitNOFILE=)'
      : null;
  }
}

function openOne(): void {
  closeSync(openSync(devNull, 'r'));
}
