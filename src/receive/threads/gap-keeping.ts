import type { Gap } from '../../core/loss/gaps.ts';
import { limits } from '../../core/model/limits.ts';
import { yieldToEventLoop } from '../../yield-to-event-loop.ts';

type Options = {
  readonly saveGaps: (gaps: readonly Gap[]) => Promise<void>;
  readonly warn: (message: string) => void;
};

/** Gaps in one transaction: some milliseconds. */
const AT_ONCE = 200;

/**
 * Has the gaps that the threads report stored, one part after the other. What cannot be stored is tried again with the next part;
 * of more than `limits.unsavedGaps` the oldest are dropped, and the log says how many: the ledger has counted their lines.
 */
export class GapKeeping {
  readonly #options: Options;
  #waiting: Gap[] = [];
  #saving: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  /** `shift`: milliseconds that the clock that decides is ahead of that of the threads. */
  add(gaps: readonly Gap[], shift: number): void {
    const shifted = shift === 0 ? gaps : gaps.map((gap) => ({ ...gap, from: gap.from + shift, to: gap.to + shift }));
    this.#saving = this.#saving.then(() => this.#save(shifted));
  }

  /** Resolves once everything that was added was tried to be stored. */
  settled(): Promise<void> {
    return this.#saving;
  }

  async #save(more: readonly Gap[]): Promise<void> {
    let gaps = [...this.#waiting, ...more];
    this.#waiting = [];
    try {
      while (gaps.length > 0) {
        await yieldToEventLoop();
        await this.#options.saveGaps(gaps.slice(0, AT_ONCE));
        gaps = gaps.slice(AT_ONCE);
      }
    } catch (error) {
      this.#waiting = gaps.slice(-limits.unsavedGaps);
      const dropped = gaps.length - this.#waiting.length;
      const what =
        dropped === 0 ? 'gaps of lost lines are not stored yet' : `${dropped} gaps of lost lines are not kept`;
      this.#options.warn(`${what}: ${(error as Error).message}`);
    }
  }
}
