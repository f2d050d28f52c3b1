/**
 * The headers of one device differ in their digits only. The lexer takes all digits alike, so what was read once tells
 * where the parts of every header are that equals it up to its digits.
 */

import { GenerationalCache } from '../model/generational-cache.ts';
import { limits } from '../model/limits.ts';
import type { HeaderToken } from './envelope-lexer.ts';
import { type Header, mapParts, type Parts } from './envelope-postprocess.ts';

/** Where each part begins and ends in the header's text. */
export type Spans = Parts<readonly [from: number, to: number]>;

type Shape = { readonly mask: Uint8Array; readonly spans: Spans };

const ZERO = 0x30;
const NINE = 0x39;
/** The version of RFC 5424, which the lexer does not take for any digit. */
const ONE = 0x31;

export class HeaderShapes {
  /** By a hash of their mask; of two with one hash the later one is remembered. */
  readonly #shapes = new GenerationalCache<number, Shape>(limits.headerShapes);
  /** The header that was last looked for, each digit as a zero. */
  readonly #mask = new Uint8Array(limits.shapedHeaderBytes);
  #length = 0;
  #hash = 0;

  /** The parts of the header `[from, to)`; null if none of its shape was read, or its shape does not tell. */
  find(bytes: Uint8Array, from: number, to: number): Spans | null {
    if (!this.#take(bytes, from, to)) return null;
    const shape = this.#shapes.get(this.#hash);
    return shape !== undefined && this.#is(shape.mask) ? shape.spans : null;
  }

  /** Remembers the header that was last looked for, by its text, its tokens and which of them are its parts. */
  keep(text: string, tokens: readonly HeaderToken[], header: Header): void {
    if (this.#length === 0 || !isToldByShape(tokens, text)) return;
    const spans = mapParts(header, ({ offset, value }) => [offset, offset + value.length] as const);
    this.#shapes.set(this.#hash, { mask: this.#mask.slice(0, this.#length), spans });
  }

  /** False for a header that is too long, or whose text is not its bytes. */
  #take(bytes: Uint8Array, from: number, to: number): boolean {
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

  #is(mask: Uint8Array): boolean {
    if (mask.length !== this.#length) return false;
    for (let i = 0; i < mask.length; i++) if (mask[i] !== this.#mask[i]) return false;
    return true;
  }
}

/** `<187>1 `. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === ONE && bytes[at - 1] === 0x3e && bytes[at + 1] === 0x20;
}

/** Whether `0.0.0.0` stands there, which is no name, only its digits tell; Kiwi's RFC 5424 has its version elsewhere. */
function isToldByShape(tokens: readonly HeaderToken[], text: string): boolean {
  return (
    !text.includes('Original Address=') && !tokens.some(({ type, value }) => type === 'host' && NOBODY.test(value))
  );
}

const NOBODY = /^\d\.\d\.\d\.\d$/;
