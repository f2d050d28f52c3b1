/** Which time decides for a line: live by the receiver's clock, in an archive by the lines themselves. */

import type { Decoder } from '../decode/envelope.ts';
import { headerEndOf } from '../decode/envelope.ts';
import type { StampContext } from '../decode/timestamp.ts';
import { archiveTiming, liveTiming, type Timing } from '../model/instant.ts';
import type { Envelope, Frame } from '../model/message.ts';

export type ZoneOffset = StampContext['zoneOffset'];

export interface Timekeeper {
  context(frame: Frame): StampContext;
  timingOf(envelope: Envelope, frame: Frame): Timing;
  /** Whether the next ordinary line shall be sampled for its time. */
  samplesTime(): boolean;
  /** Looks at the time of an ordinary line, which moves the time of an archive. */
  sample(decode: Decoder, frame: Frame): Timing;
}

export function liveTime(zoneOffset: ZoneOffset): Timekeeper {
  return {
    context: ({ receivedAt }) => ({ reference: receivedAt, zoneOffset, latest: Number.POSITIVE_INFINITY }),
    timingOf: (envelope, { receivedAt }) => liveTiming(envelope, receivedAt),
    samplesTime: () => false,
    sample: (_, { receivedAt }) => ({ at: receivedAt, used: 'receipt', rejected: 'no-date' }),
  };
}

const DAY_MS = 86_400_000;
const HALF_YEAR_MS = 183 * DAY_MS;
/** How far one source alone may be ahead of all others; a clock that runs ahead moves their time no further. */
const LEAD_MS = 2 * DAY_MS;
/**
 * Every line of a small archive is looked at for its time; of a large one every 256th ordinary line: so many are less than
 * half a year, unless all of the archive is of more than eight years.
 */
const SAMPLED_WHOLLY = 4096;
const SAMPLED_EVERY = 256;
/** Which ordinary lines of an archive are looked at for their time: their number alone decides. */
export class Sampler {
  #ordinary = 0;

  /** Asked once for each. */
  wantsNext(): boolean {
    return this.#ordinary++ < SAMPLED_WHOLLY || this.#ordinary % SAMPLED_EVERY === 0;
  }
}

/** So many stamps with a year say which year an archive begins in. */
const ANCHORS = 31;

/**
 * The time of an archive. Yearless stamps are dated from the line before, the first ones from the end of the archive
 * (`end`, at best its last change), and none is later than that. A stamp that is half a year off, later than the end, or of
 * a clock that was never set, moves nobody else's time, unless there is no other clock.
 */
export class ArchiveTime implements Timekeeper {
  readonly #zoneOffset: ZoneOffset;
  /** No line is later; a day after the end, as the zone of its stamps may be another one. */
  #latest: number;
  #reference: number;
  #dated = false;
  /** By a clock that was set. */
  #sure = false;
  #anchored = false;
  readonly #sampler = new Sampler();
  /** The latest times of the two latest sources. */
  #first: Latest | null = null;
  #second: Latest | null = null;

  constructor(end: number, zoneOffset: ZoneOffset) {
    this.#latest = end + DAY_MS;
    this.#reference = end;
    this.#zoneOffset = zoneOffset;
  }

  /**
   * Looks for the year in the first lines of an archive, so that yearless stamps before the first one with a year are
   * dated from it, and whether any clock was set: the order of the lines must not decide. The median of several, as a
   * clock may be wrong; where most lines are later than the end, that is wrong. Only the first call looks; it comes before
   * any line is read.
   */
  anchor(decode: Decoder, frames: readonly Frame[]): void {
    if (this.#anchored) return;
    this.#anchored = true;
    let stamps = 0;
    let all: number[] = [];
    for (const frame of frames.slice(0, SAMPLED_WHOLLY)) {
      const { stamp, relayStamp } = decode(frame, headerEndOf(frame), this.context());
      for (const { instant, quality, yearAssumed } of [relayStamp, stamp]) {
        if (instant === null) continue;
        stamps++;
        if (quality !== 'unset') this.#sure = true;
        if (quality === 'synchronized' && !yearAssumed) all.push(instant);
      }
      if (all.length >= ANCHORS) break;
    }
    const plausible = all.filter((instant) => instant <= this.#latest);
    if (plausible.length === 0 && all.length * 2 > stamps) this.#latest = Number.POSITIVE_INFINITY;
    else all = plausible;
    all.sort((a, b) => a - b);
    const median = all[Math.floor((all.length - 1) / 2)];
    if (median === undefined) return;
    this.#reference = median;
    this.#dated = true;
  }

  /** The time that the archive has come to. */
  get now(): number {
    return this.#reference;
  }

  context(): StampContext {
    return { reference: this.#reference, zoneOffset: this.#zoneOffset, latest: this.#latest };
  }

  timingOf(envelope: Envelope): Timing {
    const timing = archiveTiming(envelope, this.#reference, this.#latest + HALF_YEAR_MS);
    const { at, used } = timing;
    if (used === 'archive') return timing;
    const isSet = used === 'relay' || envelope.stamp.quality !== 'unset';
    if (
      (isSet || !this.#sure) &&
      at <= this.#latest &&
      (!this.#dated || Math.abs(at - this.#reference) < HALF_YEAR_MS)
    ) {
      this.#reference = at;
      this.#dated = true;
      this.#sure ||= isSet;
      this.#note(envelope.origin ?? envelope.relayHost ?? '', at);
    }
    return timing;
  }

  samplesTime(): boolean {
    return this.#sampler.wantsNext();
  }

  sample(decode: Decoder, frame: Frame): Timing {
    return this.timingOf(decode(frame, headerEndOf(frame), this.context()));
  }

  /** How far the archive's time has come for a device that was itself last seen then. */
  endFor(lastSeenAt: number): number {
    const [first, second] = [this.#first, this.#second];
    if (first === null) return lastSeenAt;
    const shared = second === null ? first.at : Math.min(first.at, second.at + LEAD_MS);
    return Math.max(lastSeenAt, shared);
  }

  #note(source: string, at: number): void {
    const [first, second] = [this.#first, this.#second];
    const known = first?.source === source ? first : second?.source === source ? second : null;
    if (known === null ? second !== null && at <= second.at : at <= known.at) return;
    const noted = { source, at };
    if (known === first) {
      this.#first = noted;
    } else if (first !== null && at <= first.at) {
      this.#second = noted;
    } else {
      this.#second = first;
      this.#first = noted;
    }
  }
}

type Latest = { readonly source: string; readonly at: number };
