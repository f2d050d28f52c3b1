/** Where a byte stands next in a buffer. It is remembered, as of several that are looked for one comes long before the others. */
export class NextByte {
  readonly #byte: number;
  /** Of the buffer that was last asked about; its length where there is none. */
  #at = -1;

  constructor(byte: number) {
    this.#byte = byte;
  }

  /** The next question is about another buffer. */
  forget(): void {
    this.#at = -1;
  }

  /** At `from` or behind; the buffer's length where there is none. `from` never goes back. */
  in(bytes: Buffer, from: number): number {
    if (this.#at < from) {
      const at = bytes.indexOf(this.#byte, from);
      this.#at = at === -1 ? bytes.length : at;
    }
    return this.#at;
  }
}
