/** Collects the records that the prefilter keeps, and counts the dropped records. */
import type { Frame } from '../model/message.ts';
import type { Prefilter, PrefilterVerdict } from './prefilter.ts';

/** The records that a prefilter kept, and counts of those that it dropped. */
export type FilteredFrames = {
  readonly frames: readonly Frame[];
  readonly other: number;
  readonly noCore: number;
  /** Dropped records that had been cut at the limit. */
  readonly oversize: number;
  /** Senders of link-down messages, with the time of the last one. */
  readonly links: ReadonlyMap<string, number>;
};

const nothingDropped = { other: 0, noCore: 0, oversize: 0, links: new Map<string, number>() } as const;

/** Frames of which no prefilter has dropped any, or whose dropped records are counted elsewhere. */
export function unfiltered(frames: readonly Frame[]): FilteredFrames {
  return { ...nothingDropped, frames };
}

export class FrameCollector {
  readonly #prefilter: Prefilter;
  readonly #samplesTime: () => boolean;
  #frames: Frame[] = [];
  #other = 0;
  #noCore = 0;
  #oversize = 0;
  #links = new Map<string, number>();

  /**
   * `samplesTime`: called for each record that the prefilter drops; true keeps the record, because an archive reads the
   * time of some ordinary lines.
   */
  constructor(prefilter: Prefilter, samplesTime: () => boolean = () => false) {
    this.#prefilter = prefilter;
    this.#samplesTime = samplesTime;
  }

  /** Records since the last `take()`, kept and dropped. */
  get lines(): number {
    return this.#frames.length + this.#other + this.#noCore;
  }

  get kept(): number {
    return this.#frames.length;
  }

  /** `full`: a record that would be kept is refused, and not counted. */
  add(
    bytes: Buffer,
    start: number,
    end: number,
    truncated: boolean,
    from: Pick<Frame, 'peer' | 'transport' | 'receivedAt'>,
    full = false,
  ): PrefilterVerdict | 'refused' {
    const verdict = this.#prefilter.test(bytes, start, end, from.peer);
    if (verdict === 'keep' || this.#samplesTime()) {
      if (full) return 'refused';
      const { peer, transport, receivedAt } = from;
      this.#frames.push({ bytes, start, end, peer, transport, receivedAt, truncated });
      return 'keep';
    }
    if (truncated) this.#oversize++;
    if (verdict === 'no-core') this.#noCore++;
    else this.#other++;
    if (verdict === 'link-down' && from.peer !== null) this.#links.set(from.peer, from.receivedAt);
    return verdict;
  }

  /** The records since the last `take()`. */
  take(): FilteredFrames {
    const filtered: FilteredFrames = {
      frames: this.#frames,
      other: this.#other,
      noCore: this.#noCore,
      oversize: this.#oversize,
      links: this.#links,
    };
    this.#frames = [];
    this.#other = 0;
    this.#noCore = 0;
    this.#oversize = 0;
    if (this.#links.size > 0) this.#links = new Map();
    return filtered;
  }
}
