/**
 * The cheap path: which records can matter at all, by their bytes. What a prefilter lets go is a line that the whole path
 * would count and forget; it never becomes a string, a frame or an object.
 */

import { type Decoder, headerEndOf, makeDecoder } from '../decode/envelope.ts';
import { toBytes } from '../decode/header-bytes.ts';
import { type Candidates, scanMessageCode } from '../decode/message-code.ts';
import type { StampContext } from '../decode/timestamp.ts';
import { limits } from '../model/limits.ts';
import type { Frame } from '../model/message.ts';
import { nameOf } from '../model/names.ts';

/** `keep` goes on; the others are what the line was counted as. */
export type PrefilterVerdict = 'keep' | 'link-down' | 'other' | 'no-core';

/** Words by which a line without a core may belong to a message of ours: `Reason :`, a release, a summed-up repetition. */
const REASON = toBytes('Reason');
const SOFTWARE = toBytes('Cisco IOS');
const MARKER = toBytes('last message repeated ');

/** Only names are read, for which stamps do not matter. */
const NO_TIME: StampContext = { reference: 0, zoneOffset: () => 0, latest: 0 };

const TRACKED = 1;
const REPEAT = 2;

export class Prefilter {
  readonly #decode: Decoder = makeDecoder();
  /** The last records, as a ring: a repetition counts if the record of its device before it was one of ours. */
  readonly #bytes: (Buffer | null)[] = Array(limits.repeatLines).fill(null);
  readonly #starts = new Int32Array(limits.repeatLines);
  readonly #ends = new Int32Array(limits.repeatLines);
  readonly #kinds = new Uint8Array(limits.repeatLines);
  readonly #peers: (string | null)[] = Array(limits.repeatLines).fill(null);
  /** Whose record it was, once somebody asked. */
  readonly #names: (string | null | undefined)[] = Array(limits.repeatLines).fill(undefined);
  readonly #candidates: Candidates | undefined;
  #next = 0;

  /** `candidates`: who has looked for them already. */
  constructor(candidates?: Candidates) {
    this.#candidates = candidates;
  }

  /** What becomes of the record `[start, end)`. It is remembered until some more have come: the bytes must stay. */
  test(bytes: Buffer, start: number, end: number, peer: string | null): PrefilterVerdict {
    // Whose link went down is only told of a sender.
    const kind = scanMessageCode(bytes, start, end, peer !== null, this.#candidates);
    const speaks = kind === 'no-core' ? wordsIn(bytes, start, end) : NOTHING;
    const keeps =
      kind === 'tracked' ||
      kind === 'restart' ||
      speaks === SPEAKS ||
      (speaks === REPEATS && this.#repeatsOurs(bytes, start, end, peer));
    this.#remember(bytes, start, end, peer, kind === 'tracked' ? TRACKED : speaks === REPEATS ? REPEAT : 0);
    return keeps ? 'keep' : (kind as Exclude<PrefilterVerdict, 'keep'>);
  }

  #remember(bytes: Buffer, start: number, end: number, peer: string | null, kind: number): void {
    const at = this.#next;
    // What is there already is mostly the same, and to write it costs more than to look.
    if (this.#bytes[at] !== bytes) this.#bytes[at] = bytes;
    if (this.#peers[at] !== peer) this.#peers[at] = peer;
    if (this.#names[at] !== undefined) this.#names[at] = undefined;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#kinds[at] = kind;
    this.#next = at + 1 === limits.repeatLines ? 0 : at + 1;
  }

  /** As `Repeats` finds it among all records. */
  #repeatsOurs(bytes: Buffer, start: number, end: number, peer: string | null): boolean {
    const name = this.#nameOf(bytes, start, end, peer);
    for (let back = 1; back <= limits.repeatLines; back++) {
      const at = (this.#next - back + limits.repeatLines) % limits.repeatLines;
      const earlier = this.#bytes[at] ?? null;
      if (earlier === null) return false;
      if (this.#peers[at] !== peer || this.#kinds[at] === REPEAT) continue;
      this.#names[at] ??= this.#nameOf(earlier, this.#starts[at] ?? 0, this.#ends[at] ?? 0, peer);
      if (this.#names[at] === name) return this.#kinds[at] === TRACKED;
    }
    return false;
  }

  #nameOf(bytes: Buffer, start: number, end: number, peer: string | null): string | null {
    const frame: Frame = { bytes, start, end, peer, transport: 'udp', receivedAt: 0, truncated: false };
    const marker = indexIn(bytes, start, end, MARKER);
    return nameOf({ ...this.#decode(frame, marker === -1 ? headerEndOf(frame) : marker, NO_TIME), peer });
  }
}

const NOTHING = 0;
const SPEAKS = 1;
const REPEATS = 2;

/** Whether a line without a core has one of the words. */
function wordsIn(bytes: Uint8Array, start: number, end: number): typeof NOTHING | typeof SPEAKS | typeof REPEATS {
  let found: typeof NOTHING | typeof REPEATS = NOTHING;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === REASON[0] && isAt(bytes, i, end, REASON)) return SPEAKS;
    if (byte === SOFTWARE[0] && isAt(bytes, i, end, SOFTWARE)) return SPEAKS;
    if (byte === MARKER[0] && isAt(bytes, i, end, MARKER)) found = REPEATS;
  }
  return found;
}

function isAt(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (end - at < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

function indexIn(bytes: Uint8Array, start: number, end: number, word: Uint8Array): number {
  for (let i = start; i < end; i++) if (isAt(bytes, i, end, word)) return i;
  return -1;
}
