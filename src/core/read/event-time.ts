/** Decides the event time of a line: for live lines by the receiver's clock, in an archive by the lines themselves. */

import type { Decoder } from '../decode/envelope.ts';
import { headerEndOf } from '../decode/header-end.ts';
import type { StampContext } from '../decode/timestamp.ts';
import { GenerationalCache } from '../model/generational-cache.ts';
import { archiveTiming, liveTiming, type Timing } from '../model/instant.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame, Stamp } from '../model/message.ts';

export type ZoneOffset = StampContext['zoneOffset'];

export interface Timekeeper {
  context(frame: Frame): StampContext;
  /** The event time of a line, which advances the time of an archive. */
  timingOf(envelope: Envelope, frame: Frame): Timing;
  /** The same, but the time of an archive stays as it is. */
  peek(envelope: Envelope, frame: Frame): Timing;
  /** Whether the time of the next ordinary line is read. */
  samplesTime(): boolean;
  /** Reads the time of an ordinary line, which advances the time of an archive. */
  sample(decode: Decoder, frame: Frame): Timing;
}

export function liveTime(zoneOffset: ZoneOffset): Timekeeper {
  return {
    context: ({ receivedAt }) => ({ reference: receivedAt, zoneOffset, latest: Number.POSITIVE_INFINITY }),
    timingOf: (envelope, { receivedAt }) => liveTiming(envelope, receivedAt),
    peek: (envelope, { receivedAt }) => liveTiming(envelope, receivedAt),
    samplesTime: () => false,
    sample: (_, { receivedAt }) => ({ at: receivedAt, used: 'receipt', rejected: 'no-date', skewMs: null }),
  };
}

const DAY_MS = 86_400_000;
const HALF_YEAR_MS = 183 * DAY_MS;
/** One source alone advances the time of all others at most to this lead, because its clock may be ahead. */
const LEAD_MS = 2 * DAY_MS;
/**
 * The time of each of the first 4096 ordinary lines is read, then of every 256th line: 256 lines span less than half a
 * year, unless the archive spans more than eight years.
 */
const SAMPLED_WHOLLY = 4096;
const SAMPLED_EVERY = 256;
/** Selects lines of an archive by their number alone. */
export class Sampler {
  #lines = 0;

  /** Call once for each line. */
  selectsNext(): boolean {
    return this.#lines++ < SAMPLED_WHOLLY || this.#lines % SAMPLED_EVERY === 0;
  }
}

/** The median of this many stamps with a year is the time at which an archive begins. */
const ANCHORS = 31;

/**
 * The time of an archive. Yearless stamps are dated near the line before, the first stamps near the end of the archive
 * (`end`, at best the time of its last change), and never later than the end. Some stamps do not advance the time of
 * other lines: a stamp that is half a year off, later than the end, or of a clock that was never set; the last only if
 * there is another clock. The year of a clock that was never set, or is not sure of its time, is the year of no other
 * device, unless another such clock says the same.
 */
export class ArchiveTime implements Timekeeper {
  readonly #zoneOffset: ZoneOffset;
  /** No line is later. One day after the end, because the stamps may have another zone. */
  #latest: number;
  #reference: number;
  readonly #end: number;
  #dated = false;
  /** A clock that was set has been seen. */
  #clockSeen = false;
  /** A line of this file has advanced the time. */
  #hasCome = false;
  /** Stamps with `*` that were believed, with their sources. */
  readonly #believed = new GenerationalCache<string, true>(limits.names);
  #anchored = false;
  readonly #sampler = new Sampler();
  /** The two sources with the latest times. */
  #first: Latest | null = null;
  #second: Latest | null = null;

  constructor(end: number, zoneOffset: ZoneOffset) {
    this.#latest = end + DAY_MS;
    this.#reference = end;
    this.#end = end;
    this.#zoneOffset = zoneOffset;
  }

  /**
   * Call before the lines of a file are read; has an effect once per file. Searches the first lines of the file for
   * stamps with a year, so that earlier yearless stamps are dated near them, and for a clock that was set: the order of
   * the lines must not matter. Uses the median, because a clock may be wrong. If most lines are later than the end of
   * the archive, the end is wrong and ignored. A line is as late as its stamp with a year.
   */
  anchor(decode: Decoder, frames: readonly Frame[]): void {
    if (this.#anchored) return;
    this.#anchored = true;
    let lines = 0;
    let datedLines = 0;
    let dated: number[] = [];
    let yearless: number | null = null;
    const unsure = new Map<string, number>();
    const sources = new Set<string>();
    for (const frame of frames.slice(0, SAMPLED_WHOLLY)) {
      const { stamp, relayStamp, origin, relayHost } = decode(frame, headerEndOf(frame), this.context());
      const isSet = (one: Stamp) => one.instant !== null && one.quality !== 'unset';
      if (isSet(stamp) || isSet(relayStamp)) lines++;
      const source = sourceOf(origin, relayHost);
      if (stamp.instant !== null && !isStartOfUnset(stamp)) sources.add(source);
      const before = dated.length;
      for (const { instant, quality, yearAssumed } of [relayStamp, stamp]) {
        if (instant === null) continue;
        if (quality !== 'unset') this.#clockSeen = true;
        if (quality === 'synchronized' && !yearAssumed) dated.push(instant);
        if (quality === 'synchronized' && yearAssumed && instant <= this.#latest) yearless ??= instant;
      }
      const { instant, quality, yearAssumed } = stamp;
      const isUnsure = quality !== 'synchronized' && !yearAssumed && !isStartOfUnset(stamp);
      if (isUnsure && instant !== null && instant <= this.#latest) unsure.set(source, instant);
      if (dated.length > before) datedLines++;
      if (dated.length >= ANCHORS) break;
    }
    const plausible = dated.filter((instant) => instant <= this.#latest);
    if (plausible.length === 0 && datedLines * 2 > lines) this.#latest = Number.POSITIVE_INFINITY;
    else dated = plausible;
    if (dated.length === 0 && yearless === null) dated = agreed([...unsure.values()], sources.size);
    const inOrder = [...dated];
    dated.sort((a, b) => a - b);
    const median = dated[Math.floor((dated.length - 1) / 2)] ?? yearless;
    if (median === null) return;
    // Lines without a time of their own before the first dated line are of its time, not of the median.
    this.#reference = inOrder.find((instant) => Math.abs(instant - median) < HALF_YEAR_MS) ?? median;
    this.#dated = true;
  }

  /** The time of the archive so far. */
  get now(): number {
    return this.#reference;
  }

  context(): StampContext {
    return { reference: this.#reference, zoneOffset: this.#zoneOffset, latest: this.#latest };
  }

  peek(envelope: Envelope): Timing {
    return archiveTiming(envelope, this.#reference, this.#latest + HALF_YEAR_MS, this.#comparable(envelope));
  }

  /** Call before the lines of each file: a file begins anew, usually with another device. */
  beginFile(): void {
    this.#hasCome = false;
    this.#anchored = false;
    // A clock that was never set tells nothing about another file.
    if (this.#clockSeen) return;
    this.#dated = false;
    this.#reference = this.#end;
  }

  /**
   * The time that a stamp with `*` can be compared with, or null. A clock that is behind the archive is wrong, and one
   * that is half a year off. One that is ahead may be right: lines of a plant without NTP may be days apart. But a clock
   * without a date that stands at the beginning of March or January has just started, as IOS sets it then.
   */
  #comparable({ stamp: { instant, quality, yearAssumed }, origin, relayHost }: Envelope): number | null {
    if (quality !== 'unset' || instant === null || !this.#dated) return null;
    // A copy of a line that was believed is late, and says nothing new of the clock.
    if (this.#believed.get(`${sourceOf(origin, relayHost)} ${instant}`) === true) return null;
    const ahead = instant - this.#reference;
    if (Math.abs(ahead) >= HALF_YEAR_MS) return this.#reference;
    if (ahead > 0) return yearAssumed && isStartOfClock(instant) ? this.#reference : null;
    return this.#hasCome ? this.#reference : null;
  }

  timingOf(envelope: Envelope): Timing {
    const timing = this.peek(envelope);
    const { at, used } = timing;
    if (used === 'archive') return timing;
    const source = sourceOf(envelope.origin, envelope.relayHost);
    const isSet = used === 'relay' || envelope.stamp.quality !== 'unset';
    const hasOwnYear = used === 'stamp' && envelope.stamp.quality !== 'synchronized' && !envelope.stamp.yearAssumed;
    if (used === 'stamp' && !isSet) this.#believed.set(`${source} ${at}`, true);
    if (
      (isSet || !this.#clockSeen) &&
      at <= this.#latest &&
      ((!this.#dated && !hasOwnYear) || Math.abs(at - this.#reference) < HALF_YEAR_MS)
    ) {
      this.#reference = at;
      this.#dated = true;
      this.#hasCome = true;
      this.#clockSeen ||= isSet;
      this.#note(source, at);
    }
    return timing;
  }

  samplesTime(): boolean {
    return this.#sampler.selectsNext();
  }

  sample(decode: Decoder, frame: Frame): Timing {
    return this.timingOf(decode(frame, headerEndOf(frame), this.context()));
  }

  /** The time of the archive for a device that was last seen at `lastSeenAt`. */
  endFor(lastSeenAt: number): number {
    const [first, second] = [this.#first, this.#second];
    if (first === null) return lastSeenAt;
    const shared = second === null ? first.at : Math.min(first.at, second.at + LEAD_MS);
    return Math.max(lastSeenAt, shared);
  }

  /** What `now` and `endFor()` depend on, for another thread. */
  state(): ArchiveTimeState {
    return { reference: this.#reference, first: this.#first, second: this.#second };
  }

  /** Another thread reads the lines, and has come so far. */
  adopt({ reference, first, second }: ArchiveTimeState): void {
    this.#reference = reference;
    this.#first = first;
    this.#second = second;
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

/**
 * The times of clocks that are not sure of them, one of each source, if these are the times of the archive: of its only
 * source, or near to that of another source.
 */
function agreed(instants: readonly number[], sources: number): number[] {
  if (sources === 1) return [...instants];
  const inOrder = [...instants].sort((a, b) => a - b);
  const isNear = (one: number | undefined, other: number | undefined) =>
    one !== undefined && other !== undefined && other - one < HALF_YEAR_MS;
  return inOrder.filter((at, index) => isNear(inOrder[index - 1], at) || isNear(at, inOrder[index + 1]));
}

/** `*Jan  1 2006`: where a clock that was never set begins. Many have the same beginning. */
function isStartOfUnset({ instant, quality, yearAssumed }: Stamp): boolean {
  return instant !== null && quality === 'unset' && !yearAssumed && isStartOfClock(instant);
}

/** The first days of March and January: the dates at which clocks of IOS begin (assumed: captures have both). */
function isStartOfClock(instant: number): boolean {
  const date = new Date(instant);
  return (date.getUTCMonth() === 2 || date.getUTCMonth() === 0) && date.getUTCDate() <= 2;
}

/** The name of a line's device, as far as its header has one. */
function sourceOf(origin: string | null, relayHost: string | null): string {
  return origin ?? relayHost ?? '';
}

type Latest = { readonly source: string; readonly at: number };

/** The time that an archive has come to. */
export type ArchiveTimeState = {
  readonly reference: number;
  readonly first: Latest | null;
  readonly second: Latest | null;
};
