/** Which time decides for a line: live by the receiver's clock, in an archive by the lines themselves. */

import { findCore } from './decode/core-finder.ts';
import type { Decoder } from './decode/envelope.ts';
import { headerEndWithoutCore } from './decode/envelope.ts';
import type { StampContext } from './decode/timestamp.ts';
import { archiveInstant, liveInstant } from './instant.ts';
import type { Envelope, Frame } from './message.ts';

export type ZoneOffset = StampContext['zoneOffset'];

export interface Timekeeper {
  context(frame: Frame): StampContext;
  instantOf(envelope: Envelope, frame: Frame): number;
  /** Whether an ordinary line, the nth of its batch, shall be sampled for its time. */
  wants(nth: number): boolean;
  sample(decode: Decoder, frame: Frame): void;
}

export function liveTime(zoneOffset: ZoneOffset): Timekeeper {
  return {
    context: ({ receivedAt }) => ({ reference: receivedAt, zoneOffset, past: false }),
    instantOf: (envelope, { receivedAt }) => liveInstant(envelope, receivedAt),
    wants: () => false,
    sample: () => {},
  };
}

const HALF_YEAR_MS = 183 * 86_400_000;
/** Every line of a small archive is looked at for its time; of a large one every 64th ordinary line. */
const SAMPLED_WHOLLY = 4096;
const SAMPLED_EVERY = 64;

/**
 * The time of an archive. Yearless stamps are dated from the line before, the first ones from the end of the archive
 * (`end`, at best its last change). A stamp that is half a year off moves nobody else's time.
 */
export class ArchiveTime implements Timekeeper {
  readonly #zoneOffset: ZoneOffset;
  #reference: number;
  #dated = false;
  #ordinary = 0;
  /** The latest time of each of the two latest sources: one wrong clock alone is not the time. */
  readonly #latest: { source: string; at: number }[] = [];

  constructor(end: number, zoneOffset: ZoneOffset) {
    this.#reference = end;
    this.#zoneOffset = zoneOffset;
  }

  /** The time that the archive has come to. */
  get now(): number {
    return this.#reference;
  }

  context(): StampContext {
    return { reference: this.#reference, zoneOffset: this.#zoneOffset, past: !this.#dated };
  }

  instantOf(envelope: Envelope): number {
    const at = archiveInstant(envelope, this.#reference);
    const stamped = envelope.stamp.instant !== null || envelope.relayStamp.instant !== null;
    if (stamped && (!this.#dated || Math.abs(at - this.#reference) < HALF_YEAR_MS)) {
      this.#reference = at;
      this.#dated = true;
    }
    if (stamped) this.#note(envelope.origin ?? envelope.relayHost ?? '', at);
    return at;
  }

  wants(): boolean {
    return this.#ordinary++ < SAMPLED_WHOLLY || this.#ordinary % SAMPLED_EVERY === 0;
  }

  sample(decode: Decoder, frame: Frame): void {
    const core = findCore(frame.bytes, frame.start, frame.end);
    this.instantOf(decode(frame, core?.start ?? headerEndWithoutCore(frame), this.context()));
  }

  /** How far the archive's time has come for a device: by its own lines, or by those of another but the latest one. */
  endFor(device: string, lastSeenAt: number): number {
    const [latest, second] = this.#latest;
    const others = latest?.source === device || second === undefined ? latest : second;
    return Math.max(lastSeenAt, others?.at ?? lastSeenAt);
  }

  #note(source: string, at: number): void {
    const known = this.#latest.find((entry) => entry.source === source);
    if (known !== undefined) known.at = Math.max(known.at, at);
    else this.#latest.push({ source, at });
    this.#latest.sort((a, b) => b.at - a.at);
    this.#latest.length = Math.min(this.#latest.length, 2);
  }
}
