/**
 * Finds the ends of a file's records, and where a message code may begin in them, for many bytes at once. These loops
 * are the main cost of an archive, so they are in WebAssembly (grammar/scan.wat).
 */
import { type Candidates, NONE, nextCandidate } from './message-code.ts';
import { scanModule } from './scan.gen.ts';

/** Number of bytes that are scanned at a time. The bytes and both result lists fit the memory of grammar/scan.wat. */
export const WINDOW_BYTES = 32 * 1024;
/** A round of sixty-four bytes may reach beyond the last byte. */
const PADDING_BYTES = 64;
const BLANK = 0x20;
/** One position for each byte, and the end mark. */
const LIST_BYTES = 4 * (WINDOW_BYTES + 1);
const ENDS_AT = WINDOW_BYTES + PADDING_BYTES;
const CANDIDATES_AT = ENDS_AT + LIST_BYTES;
/** The end mark of a list: greater than any position. */
const LIST_END = 0x7fffffff;

/** Only the types of browsers declare `WebAssembly`, not Node's own types. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly mark: (length: number, base: number, ends: number, candidates: number) => [number, number];
};

export class ByteScanner implements Candidates {
  readonly #mark: Exports['mark'];
  readonly #memory: Buffer;
  readonly #ends: Int32Array;
  readonly #candidates: Int32Array;
  #bytes: Buffer = Buffer.alloc(0);
  /** The window, `[start, stop)` of the bytes. */
  #start = 0;
  #stop = 0;
  #end = 0;
  #candidate = 0;

  constructor() {
    const { mark, memory } = new WebAssembly.Instance(MODULE).exports as Exports;
    this.#mark = mark;
    this.#memory = Buffer.from(memory.buffer);
    this.#ends = new Int32Array(memory.buffer, ENDS_AT, WINDOW_BYTES + 1);
    this.#candidates = new Int32Array(memory.buffer, CANDIDATES_AT, WINDOW_BYTES + 1);
  }

  /** Selects the bytes for `nextEnd()`, from `from` on. */
  read(bytes: Buffer, from: number): void {
    this.#bytes = bytes;
    this.#move(from);
  }

  /** Position of the next LF or NUL, or -1. */
  nextEnd(): number {
    for (;;) {
      const end = this.#ends[this.#end] as number;
      if (end !== LIST_END) {
        this.#end++;
        return end;
      }
      if (this.#stop === this.#bytes.length) return NONE;
      this.#move(this.#stop);
    }
  }

  /**
   * The next candidate of the record whose end was found last; `from` must not decrease within a record. Any other
   * bytes are searched byte by byte.
   */
  nextCandidate(bytes: Uint8Array, from: number, end: number): number {
    if (bytes !== this.#bytes || from < this.#start || end > this.#stop) return nextCandidate(bytes, from, end);
    let at = this.#candidates[this.#candidate] as number;
    while (at < from) at = this.#candidates[++this.#candidate] as number;
    return at < end - 3 ? at : NONE;
  }

  #move(start: number): void {
    this.#start = start;
    this.#stop = Math.min(start + WINDOW_BYTES, this.#bytes.length);
    const length = this.#bytes.copy(this.#memory, 0, start, this.#stop);
    this.#memory.fill(BLANK, length, length + PADDING_BYTES);
    const [ends, candidates] = this.#mark(length, start, ENDS_AT, CANDIDATES_AT);
    this.#ends[ends] = LIST_END;
    this.#candidates[candidates] = LIST_END;
    this.#end = 0;
    this.#candidate = 0;
  }
}

const MODULE = new WebAssembly.Module(Buffer.from(scanModule, 'base64'));
