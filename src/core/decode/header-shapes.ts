/**
 * The headers of one device differ only in their digits. The lexer does not distinguish digits, so a header with the
 * same shape (equal except for its digits) has its parts at the same positions, and need not be parsed again.
 */

import { GenerationalCache } from '../model/generational-cache.ts';
import { limits } from '../model/limits.ts';
import type { HeaderToken } from './envelope-lexer.ts';
import { mapParts, type Parts } from './header.ts';

/** Start and end of each part in the header's text. */
export type Spans = Parts<readonly [from: number, to: number]>;

type Shape = { readonly mask: Uint8Array; readonly spans: Spans };

const ZERO = 0x30;
const NINE = 0x39;
/** The version of RFC 5424: the only digit that the lexer distinguishes. */
const ONE = 0x31;

export class HeaderShapes {
  /** By the hash of the mask; of two shapes with the same hash the later one is remembered. */
  readonly #shapes = new GenerationalCache<number, Shape>(limits.headerShapes);
  /** The header of the last `find`, with each digit replaced by a zero. */
  readonly #mask = new Uint8Array(limits.shapedHeaderBytes);
  #length = 0;
  #hash = 0;

  /** The parts of the header `[from, to)`; null if no header of this shape was read, or the shape is not sufficient. */
  find(bytes: Uint8Array, from: number, to: number): Spans | null {
    if (!this.#setMask(bytes, from, to)) return null;
    const shape = this.#shapes.get(this.#hash);
    return shape !== undefined && this.#equals(shape.mask) ? shape.spans : null;
  }

  /** Remembers the parts of the header of the last `find`. */
  keep(text: string, parts: Parts<HeaderToken>): void {
    if (this.#length === 0 || !isShapeSufficient(text)) return;
    const spans = mapParts(parts, ({ offset, value }) => [offset, offset + value.length] as const);
    this.#shapes.set(this.#hash, { mask: this.#mask.slice(0, this.#length), spans });
  }

  /** False for a header that is too long or not ASCII, so that its text positions differ from its byte positions. */
  #setMask(bytes: Uint8Array, from: number, to: number): boolean {
    this.#length = 0;
    const length = to - from;
    if (length > this.#mask.length) return false;
    let hash = length;
    for (let i = 0; i < length; i++) {
      let byte = bytes[from + i] as number;
      if (byte > 0x7f) return false;
      if (byte >= ZERO && byte <= NINE && !isVersion(bytes, from + i)) byte = ZERO;
      this.#mask[i] = byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    this.#length = length;
    this.#hash = hash;
    return true;
  }

  #equals(mask: Uint8Array): boolean {
    if (mask.length !== this.#length) return false;
    for (let i = 0; i < mask.length; i++) if (mask[i] !== this.#mask[i]) return false;
    return true;
  }
}

/** `<187>1 `. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === ONE && bytes[at - 1] === 0x3e && bytes[at + 1] === 0x20;
}

/**
 * False if the digits matter: `0.0.0.0` is no name, but `0.0.0.7` is; `sw-a#000123:` is a prompt with a sequence number,
 * `sw-a#123456:` is a name. In Kiwi's form the version is elsewhere.
 */
function isShapeSufficient(text: string): boolean {
  return !text.includes('Original Address=') && !FOUR_DIGITS.test(text) && !PROMPT.test(text);
}

const PROMPT = /^[^<\s][^\s]*[#>]\d{6}:/;

const FOUR_DIGITS = /(?<![\d.])\d\.\d\.\d\.\d(?![\d.])/;
