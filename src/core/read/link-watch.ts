/**
 * Remembers when each sender last reported a link-down. Stores only senders' addresses, so that these lines are cheap.
 */
import { limits } from '../model/limits.ts';

export class LinkWatch {
  readonly #downAt = new Map<string, number>();

  note(peer: string | null, at: number): void {
    if (peer === null) return;
    // Deleting the key first moves it to the end of the map, so that the oldest sender is dropped.
    this.#downAt.delete(peer);
    this.#downAt.set(peer, at);
    if (this.#downAt.size <= limits.linkSenders) return;
    for (const oldest of this.#downAt.keys()) {
      this.#downAt.delete(oldest);
      return;
    }
  }

  /** The same for several senders, each with the time of its last link-down. */
  noteAll(downAt: Iterable<readonly [peer: string, at: number]>): void {
    for (const [peer, at] of downAt) this.note(peer, at);
  }

  /** Whether this sender's last link-down is between two times. */
  wasDown(peer: string | null, from: number, to: number): boolean {
    const at = peer === null ? undefined : this.#downAt.get(peer);
    return at !== undefined && at >= from && at <= to;
  }
}
