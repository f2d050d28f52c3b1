/** Who told last, and when, that a link went down: senders' addresses only, so that such lines cost next to nothing. */
import { limits } from '../model/limits.ts';

export class LinkWatch {
  readonly #downAt = new Map<string, number>();

  note(peer: string | null, at: number): void {
    if (peer === null) return;
    // The latest stay: a key that is set again goes to the end.
    this.#downAt.delete(peer);
    this.#downAt.set(peer, at);
    if (this.#downAt.size <= limits.linkSenders) return;
    for (const oldest of this.#downAt.keys()) {
      this.#downAt.delete(oldest);
      return;
    }
  }

  /** Whether this sender told so between two times. */
  wasDown(peer: string | null, from: number, to: number): boolean {
    const at = peer === null ? undefined : this.#downAt.get(peer);
    return at !== undefined && at >= from && at <= to;
  }
}
