/** Collects the records that the prefilter keeps, and counts the others. */
import type { Frame } from '../model/message.ts';
import type { Prefilter, PrefilterVerdict } from './prefilter.ts';

/** What a prefilter kept of some records, and what it let go. */
export type FilteredFrames = {
  readonly frames: readonly Frame[];
  /** How many records were let go before each frame, and behind the last. */
  readonly before: ArrayLike<number>;
  readonly after: number;
  readonly other: number;
  readonly noCore: number;
  /** Of those let go, how many had been cut at the limit. */
  readonly oversize: number;
  /** Senders that told of a link that went down, and when last. */
  readonly links: ReadonlyMap<string, number>;
};

/** Collects what a prefilter says of records, one after the other. */
export class FrameCollector {
  readonly #prefilter: Prefilter;
  readonly #wants: () => boolean;
  #frames: Frame[] = [];
  #before: number[] = [];
  #gone = 0;
  #other = 0;
  #noCore = 0;
  #oversize = 0;
  #links = new Map<string, number>();

  /**
   * `wants`: asked of each record that the prefilter lets go whether it is kept all the same, as an archive wants to know the
   * time of some lines.
   */
  constructor(prefilter: Prefilter, wants: () => boolean = () => false) {
    this.#prefilter = prefilter;
    this.#wants = wants;
  }

  /** Records since the last `take()`, kept ones and others. */
  get lines(): number {
    return this.#frames.length + this.#other + this.#noCore;
  }

  get kept(): number {
    return this.#frames.length;
  }

  /** `full`: what would be kept is refused, and counted nowhere here. */
  add(
    bytes: Buffer,
    start: number,
    end: number,
    truncated: boolean,
    from: Pick<Frame, 'peer' | 'transport' | 'receivedAt'>,
    full = false,
  ): PrefilterVerdict | 'refused' {
    const verdict = this.#prefilter.test(bytes, start, end, from.peer);
    if (verdict === 'keep' || this.#wants()) {
      if (full) return 'refused';
      const { peer, transport, receivedAt } = from;
      this.#frames.push({ bytes, start, end, peer, transport, receivedAt, truncated });
      this.#before.push(this.#gone);
      this.#gone = 0;
      return 'keep';
    }
    this.#gone++;
    if (truncated) this.#oversize++;
    if (verdict === 'no-core') this.#noCore++;
    else this.#other++;
    if (verdict === 'link-down' && from.peer !== null) this.#links.set(from.peer, from.receivedAt);
    return verdict;
  }

  /** What there is since the last time. */
  take(): FilteredFrames {
    const filtered: FilteredFrames = {
      frames: this.#frames,
      before: this.#before,
      after: this.#gone,
      other: this.#other,
      noCore: this.#noCore,
      oversize: this.#oversize,
      links: this.#links,
    };
    this.#frames = [];
    this.#before = [];
    this.#gone = 0;
    this.#other = 0;
    this.#noCore = 0;
    this.#oversize = 0;
    if (this.#links.size > 0) this.#links = new Map();
    return filtered;
  }
}
