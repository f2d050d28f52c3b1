import type { ServerResponse } from 'node:http';
import { limits } from '../core/model/limits.ts';
import { clientOf, oldestOfMost } from './clients.ts';

/**
 * Who listens to the event stream, the oldest first. When all places are taken, the client that has most of them, and more than a
 * quarter, gives its oldest one to another client: nobody keeps the others from listening.
 */
export class StreamListeners {
  readonly #places = new Set<{ readonly source: string; readonly response: ServerResponse }>();

  /** Whether there is a place for a client with this address; it may have been taken from another client. */
  hasRoomFor(address: string): boolean {
    if (this.#places.size < limits.listeners) return true;
    const own = clientOf(address);
    const most = oldestOfMost([...this.#places].filter(({ source }) => source !== own));
    if (most === null || most.count <= limits.listeners / 4) return false;
    this.#places.delete(most.oldest);
    most.oldest.response.destroy();
    return true;
  }

  /** Takes the place until the answer is closed. */
  add(response: ServerResponse, address: string): void {
    const place = { source: clientOf(address), response };
    this.#places.add(place);
    response.on('close', () => this.#places.delete(place));
  }
}
