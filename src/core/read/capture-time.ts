/** When a capture was taken, and at which instants the times in it are. */
import type { TakenFrom, UnusedReason, UnusedTime } from '../capture/evidence.ts';
import type { Capture, ShownTime } from '../capture/fact.ts';
import type { StampContext } from '../decode/timestamp.ts';
import type { Stamp } from '../model/message.ts';
import type { ZoneOffset } from './event-time.ts';

/**
 * What is known beside the capture. `at`: when it was taken, in milliseconds, as a person says; null if nobody says so.
 * `zone`: of times that name none; null if nobody says so. `now`: the time of the service, in milliseconds.
 */
export type CaptureContext = { readonly at: number | null; readonly zone: ZoneOffset | null; readonly now: number };

/** A device's clock may be that far ahead of what is known. Milliseconds. */
const AHEAD_MS = 5 * 60_000;

export class CaptureClock {
  /** Milliseconds; null if nothing says when. */
  readonly at: number | null;
  readonly from: TakenFrom | null;
  readonly #context: CaptureContext;
  /** What a time of a clock that is off, or whose zone is not known, has to be added. Null: the clock is relied on. */
  readonly #shift: number | null;
  readonly #unused = new Map<string, UnusedReason>();
  /** Why the time of the capture is not used; null if it is, or if none is shown. */
  readonly #notTaken: UnusedReason | null;

  /** `past`: the times of what had happened when the capture was taken. `offMs`: a clock that is off by more is wrong. */
  constructor(
    { takenAt }: Pick<Capture, 'takenAt'>,
    past: readonly ShownTime[],
    context: CaptureContext,
    offMs: number,
  ) {
    this.#context = context;
    const { at, now } = context;
    this.#shift = at === null || takenAt === null || isRight(takenAt, at, offMs) ? null : at - takenAt.local;
    const isPast = (time: number) => time <= now + AHEAD_MS;
    const shown = takenAt === null ? null : this.#read(takenAt);
    const known = takenAt === null ? past.flatMap((time) => this.#read(time) ?? []).filter(isPast) : [];
    if (at !== null) [this.at, this.from] = [at, 'given'];
    else if (shown !== null && isPast(shown)) [this.at, this.from] = [Math.min(shown, now), 'shown'];
    else if (known.length > 0) [this.at, this.from] = [Math.min(Math.max(...known), now), 'latest'];
    else [this.at, this.from] = [null, null];
    this.#notTaken = takenAt === null || this.at !== null ? null : this.#whyUnread(takenAt);
    if (takenAt !== null && this.#notTaken !== null) this.#unused.set(takenAt.text, this.#notTaken);
  }

  /** The times in the capture that cannot be used. */
  get unused(): UnusedTime[] {
    return [...this.#unused].map(([text, why]) => ({ text, why }));
  }

  /** The instant of a past time. Null, and noted, if its clock or zone is not to be relied on, or if it is later than the capture. */
  instantOf(time: ShownTime): number | null {
    const [taken, instant] = [this.at, this.#read(time)];
    if (taken !== null && instant !== null && instant <= taken + AHEAD_MS) return Math.min(instant, taken);
    this.#unused.set(time.text, this.#whyUnused(time));
    return null;
  }

  /** The instant of a time that is to come; null if its clock or zone is not to be relied on. */
  dueAt(time: ShownTime): number | null {
    return this.#read(time);
  }

  /** How stamps of the log are dated: a year that they do not name is that of the device's clock. */
  get stamps(): StampContext {
    const { zone, now } = this.#context;
    const reference = (this.at ?? now) - (this.#shift ?? 0);
    const zoneOffset = this.#shift !== null || zone === null ? () => 0 : zone;
    return { reference, zoneOffset, latest: reference + AHEAD_MS };
  }

  /** As `instantOf()`, of a stamp that was read as `stamps` says; not noted, but the reason in place of the instant. */
  instantOfStamp({ instant, quality, zoneAssumed }: Stamp): number | UnusedReason {
    if (instant === null || this.at === null) return 'no-date';
    if (this.#shift !== null && !zoneAssumed) return 'clock-off';
    if (this.#shift === null && quality === 'unset') return 'clock-not-set';
    if (this.#shift === null && zoneAssumed && this.#context.zone === null) return 'no-zone';
    const at = instant + (this.#shift ?? 0);
    return at > this.at + AHEAD_MS ? 'after-capture' : Math.min(at, this.at);
  }

  #whyUnused(time: ShownTime): UnusedReason {
    const isRead = this.#read(time) !== null;
    return isRead && this.at === null && this.#notTaken !== null ? this.#notTaken : this.#whyUnread(time);
  }

  #whyUnread(time: ShownTime): UnusedReason {
    const instant = this.#read(time);
    if (instant !== null) return instant > this.#context.now + AHEAD_MS ? 'ahead' : 'after-capture';
    return time.quality === 'unset' || time.quality === 'uptime' ? 'clock-not-set' : 'no-zone';
  }

  #read({ at, local, quality, certain }: ShownTime): number | null {
    if (this.#shift !== null) return local + this.#shift;
    if (certain && at !== null) return at;
    const { zone } = this.#context;
    if (quality === 'unset' || quality === 'uptime' || zone === null) return null;
    return at ?? local - zone(local) * 60_000;
  }
}

function isRight({ certain, at }: ShownTime, given: number, offMs: number): boolean {
  return certain && at !== null && Math.abs(at - given) <= offMs;
}
