/**
 * Where the records of a file end and where a core may begin in them, of many bytes at once: the loops that most bytes of
 * an archive cost, in WebAssembly (grammar/scan.wat).
 */
import { type Candidates, NONE, nextCandidate } from './message-code.ts';
import { scanModule } from './scan.gen.ts';

/** So many bytes are marked at a time; they and what is found in them fit the memory of grammar/scan.wat. */
export const WINDOW_BYTES = 32 * 1024;
/** A round of sixty-four bytes may go on behind the last one. */
const BEHIND_BYTES = 64;
const BLANK = 0x20;
/** As many places as there are bytes, and one that is behind all of them. */
const LIST_BYTES = 4 * (WINDOW_BYTES + 1);
const ENDS_AT = WINDOW_BYTES + BEHIND_BYTES;
const CANDIDATES_AT = ENDS_AT + LIST_BYTES;
const BEHIND_ALL = 0x7fffffff;

/** Node's own types leave it to those of browsers. */
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

  /** From now on `nextEnd()` is asked of these bytes, from `from` on. */
  read(bytes: Buffer, from: number): void {
    this.#bytes = bytes;
    this.#move(from);
  }

  /** The place of the next LF or NUL, or -1. */
  nextEnd(): number {
    for (;;) {
      const end = this.#ends[this.#end] as number;
      if (end !== BEHIND_ALL) {
        this.#end++;
        return end;
      }
      if (this.#stop === this.#bytes.length) return NONE;
      this.#move(this.#stop);
    }
  }

  /**
   * Asked of a record whose end was just found, from its start on and never back; in any other bytes it is looked for byte
   * by byte.
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
    this.#memory.fill(BLANK, length, length + BEHIND_BYTES);
    const [ends, candidates] = this.#mark(length, start, ENDS_AT, CANDIDATES_AT);
    this.#ends[ends] = BEHIND_ALL;
    this.#candidates[candidates] = BEHIND_ALL;
    this.#end = 0;
    this.#candidate = 0;
  }
}

const MODULE = new WebAssembly.Module(Buffer.from(scanModule, 'base64'));
