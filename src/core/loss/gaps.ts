/**
 * When the lines of a source were lost. A gap is open while a late line may still fill it, and while more lines are lost right
 * behind it; then it is one row: so many lines between two times of receipt. Times are milliseconds.
 */
import { lossLimits } from './loss-limits.ts';
import type { Source } from './source.ts';

/** Lines of one source that did not arrive. */
export type Gap = {
  readonly peer: string;
  /** Hash of the name in its lines, or `NO_NAME`. */
  readonly name: number;
  /** When the last line before them was received. */
  readonly from: number;
  /** When the first line after them was received. */
  readonly to: number;
  readonly lost: number;
  /** As of `Loss`: `lost` is an upper bound. */
  readonly atMost: boolean;
};

type Numbered = 'counter' | 'sequence';
/** `lost`: how many each series had counted before it. */
type OpenGap = {
  readonly openedAt: number;
  from: number;
  to: number;
  readonly lost: Readonly<Record<Numbered, number>>;
};

/** What is reported of a source when its gap is over; null if its numbers tell nothing. */
export type Decided = { readonly numbers: Numbered; readonly lost: number; readonly atMost: boolean } | null;

export class Gaps {
  readonly #open = new Map<Source, OpenGap>();
  readonly #closed: Gap[] = [];
  readonly #decide: (source: Source) => Decided;

  constructor(decide: (source: Source) => Decided) {
    this.#decide = decide;
  }

  /**
   * A series of the source has counted more lines as lost with the line that was received at `at`. `before`: how many it had counted
   * before; `from`: when the line before was received.
   */
  rise(source: Source, numbers: Numbered, before: number, from: number, at: number): void {
    const open = this.#open.get(source);
    if (open !== undefined) {
      open.to = at;
      return;
    }
    const lost = { counter: source.counter?.lost ?? 0, sequence: source.sequence?.lost ?? 0, [numbers]: before };
    this.#open.set(source, { openedAt: at, from: Math.min(from, at), to: at, lost });
  }

  /** The source is not watched any more. */
  forget(source: Source): void {
    this.#close(source);
  }

  /** The gaps that are over, each of them once; `at`: now. `all`: also those that a late line could still fill. */
  take(at: number, { all = false } = {}): Gap[] {
    for (const [source, { openedAt, to }] of this.#open) {
      const isOver = at - to > lossLimits.reorderMs || at - openedAt > lossLimits.gapMs || at < openedAt;
      if (all || isOver) this.#close(source);
    }
    return this.#closed.splice(0);
  }

  #close(source: Source): void {
    const open = this.#open.get(source);
    if (open === undefined) return;
    this.#open.delete(source);
    const decided = this.#decide(source);
    const lost = decided === null ? 0 : decided.lost - open.lost[decided.numbers];
    if (decided === null || lost <= 0) return;
    const { peer, key: name } = source;
    this.#closed.push({ peer, name, from: open.from, to: open.to, lost, atMost: decided.atMost });
  }
}
