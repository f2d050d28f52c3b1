import { limits } from '../core/model/limits.ts';

const MINUTE_MS = 60_000;

/** Says for each source at most once a minute that something is to be logged: an attacker does not fill the log. */
export class OnceAMinute {
  /** By source, in the order of the times. */
  readonly #loggedAt = new Map<string, number>();

  /** `now`: milliseconds of a clock that does not step. */
  allows(source: string, now: number): boolean {
    const at = this.#loggedAt.get(source);
    if (at !== undefined && now - at < MINUTE_MS) return false;
    this.#loggedAt.delete(source);
    if (this.#loggedAt.size >= limits.loggedSources) {
      // All of these were logged within the last minute: the log has enough of it.
      const [oldest] = this.#loggedAt;
      if (oldest === undefined || now - oldest[1] < MINUTE_MS) return false;
      this.#loggedAt.delete(oldest[0]);
    }
    this.#loggedAt.set(source, now);
    return true;
  }
}
