/**
 * Finds the next position of a byte in a buffer, and remembers the position: of several bytes that a caller searches
 * for, one often occurs long before the others.
 */
export class NextByte {
  readonly #byte: number;
  /** The last result; the buffer's length if the byte does not occur. */
  #at = -1;

  constructor(byte: number) {
    this.#byte = byte;
  }

  /** Call this before the first search in another buffer. */
  forget(): void {
    this.#at = -1;
  }

  /** The first position at or after `from`; the buffer's length if there is none. `from` must not decrease. */
  in(bytes: Buffer, from: number): number {
    if (this.#at < from) {
      const at = bytes.indexOf(this.#byte, from);
      this.#at = at === -1 ? bytes.length : at;
    }
    return this.#at;
  }
}
