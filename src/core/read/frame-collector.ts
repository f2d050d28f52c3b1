/** Collects the records that the prefilter keeps, and counts the dropped records. */
import type { HeardLines } from '../model/heard.ts';
import type { Frame } from '../model/message.ts';
import type { HeardFrame, Hearing } from './hearing.ts';
import type { Prefilter, PrefilterVerdict } from './prefilter.ts';

/** The records that a prefilter kept, or that report ordinary lines, and counts of those that it dropped. */
export type FilteredFrames = {
  readonly frames: readonly HeardFrame[];
  readonly other: number;
  readonly noCore: number;
  /** Dropped records that had been cut at the limit. */
  readonly oversize: number;
  /** Senders of link-down messages, with the time of the last one. */
  readonly links: ReadonlyMap<string, number>;
};

const nothingDropped = { other: 0, noCore: 0, oversize: 0, links: new Map<string, number>() } as const;

/** Frames of which no prefilter has dropped any, or whose dropped records are counted elsewhere. */
export function unfiltered(frames: readonly HeardFrame[]): FilteredFrames {
  return { ...nothingDropped, frames };
}

const always = () => true;

export class FrameCollector {
  readonly #prefilter: Prefilter;
  readonly #hearing: Hearing | null;
  readonly #samplesTime: () => boolean;
  #frames: HeardFrame[] = [];
  #other = 0;
  #noCore = 0;
  #oversize = 0;
  #links = new Map<string, number>();

  /**
   * `samplesTime`: called for each record that the prefilter drops; true keeps the record, because an archive reads the
   * time of some ordinary lines. `hearing`: says which records report the ordinary lines of their device; null: none
   * does.
   */
  constructor(prefilter: Prefilter, samplesTime: () => boolean = () => false, hearing: Hearing | null = null) {
    this.#prefilter = prefilter;
    this.#hearing = hearing;
    this.#samplesTime = samplesTime;
  }

  /** Records since the last `take()`, kept and dropped. */
  get lines(): number {
    return this.#frames.length + this.#other + this.#noCore;
  }

  get kept(): number {
    return this.#frames.length;
  }

  /**
   * `full`: a record that would be kept is refused, and not counted; nothing is reported. `admits`: asked for a record that
   * would be kept; false refuses it. `report`: the record was kept for a report only.
   */
  add(
    bytes: Buffer,
    start: number,
    end: number,
    truncated: boolean,
    from: Pick<Frame, 'peer' | 'transport' | 'receivedAt' | 'certified'>,
    full = false,
    admits: () => boolean = always,
  ): PrefilterVerdict | 'report' | 'refused' {
    const verdict = this.#prefilter.test(bytes, start, end, from.peer);
    const keeps = verdict === 'keep' || this.#samplesTime();
    if (keeps && (full || !admits())) return 'refused';
    const heard = full ? null : this.#heard(verdict, from);
    if (keeps || heard !== null) {
      const { peer, transport, receivedAt, certified } = from;
      const plain = { bytes, start, end, peer, transport, receivedAt, truncated };
      const frame = certified === true ? { ...plain, certified } : plain;
      this.#frames.push(heard === null ? frame : { ...frame, report: { ...heard, alone: !keeps } });
      return keeps ? 'keep' : 'report';
    }
    if (truncated) this.#oversize++;
    if (verdict === 'no-core') this.#noCore++;
    else this.#other++;
    if (verdict === 'link-down' && from.peer !== null) this.#links.set(from.peer, from.receivedAt);
    return verdict;
  }

  #heard(verdict: PrefilterVerdict, from: Pick<Frame, 'peer' | 'receivedAt'>): HeardLines | null {
    if (this.#hearing === null) return null;
    return verdict === 'keep' ? this.#hearing.kept(from) : this.#hearing.ordinary(this.#prefilter.level, from);
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
