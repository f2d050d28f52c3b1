/**
 * Decides by a record's bytes whether the record can matter. A dropped record is a line that the full path would only
 * count; no string, frame or object is made for it.
 */

import { type Decoder, makeDecoder } from '../decode/envelope.ts';
import { ABSENT } from '../decode/header-bytes.ts';
import { headerEndOf } from '../decode/header-end.ts';
import { type Candidates, type ScannedLevel, scanMessageCode } from '../decode/message-code.ts';
import { markerIn, NO_WORD, RELATED, REPEATS, wordsIn } from '../decode/related-words.ts';
import type { StampContext } from '../decode/timestamp.ts';
import { limits } from '../model/limits.ts';
import type { Frame } from '../model/message.ts';
import { nameOf } from '../model/names.ts';

/** `keep`: forward to the pipeline. Any other value: discard the record, and count it under this outcome. */
export type PrefilterVerdict = 'keep' | 'link-down' | 'other' | 'no-core';

/** Only names are read, and names do not depend on time. */
const NO_TIME: StampContext = { reference: 0, zoneOffset: () => 0, latest: 0 };

const TRACKED = 1;
const REPEAT = 2;

export class Prefilter {
  readonly #decode: Decoder = makeDecoder();
  /** The last records, as a ring: a repetition is kept if the previous record of its device is tracked. */
  readonly #bytes: (Buffer | null)[] = Array(limits.repeatLines).fill(null);
  readonly #starts = new Int32Array(limits.repeatLines);
  readonly #ends = new Int32Array(limits.repeatLines);
  readonly #kinds = new Uint8Array(limits.repeatLines);
  readonly #peers: (string | null)[] = Array(limits.repeatLines).fill(null);
  /** The device's name, decoded on demand. */
  readonly #names: (string | null | undefined)[] = Array(limits.repeatLines).fill(undefined);
  readonly #candidates: Candidates | undefined;
  readonly #readsLevel: boolean;
  readonly #code: ScannedLevel = { level: ABSENT };
  #next = 0;

  /** `candidates`: for example the scanner that has found them already. `readsLevel`: whether `level` is asked for. */
  constructor(candidates?: Candidates, readsLevel = false) {
    this.#candidates = candidates;
    this.#readsLevel = readsLevel;
  }

  /** The level number of the message code in the record that was tested last: 0 to 7, or ABSENT. */
  get level(): number {
    return this.#code.level;
  }

  /** Tests the record `[start, end)`. The prefilter remembers the last records, so the bytes must not change. */
  test(bytes: Buffer, start: number, end: number, peer: string | null): PrefilterVerdict {
    // Link-down lines matter only with a sender address.
    const kind = scanMessageCode(
      bytes,
      start,
      end,
      peer !== null,
      this.#candidates,
      this.#readsLevel ? this.#code : undefined,
    );
    const words = kind === 'no-core' ? wordsIn(bytes, start, end) : NO_WORD;
    const keeps =
      kind === 'tracked' ||
      kind === 'restart' ||
      words === RELATED ||
      (words === REPEATS && this.#repeatsTracked(bytes, start, end, peer));
    this.#remember(bytes, start, end, peer, kind === 'tracked' ? TRACKED : words === REPEATS ? REPEAT : 0);
    return keeps ? 'keep' : (kind as Exclude<PrefilterVerdict, 'keep'>);
  }

  #remember(bytes: Buffer, start: number, end: number, peer: string | null, kind: number): void {
    const at = this.#next;
    // Usually the value is the same, and a write costs more than a comparison.
    if (this.#bytes[at] !== bytes) this.#bytes[at] = bytes;
    if (this.#peers[at] !== peer) this.#peers[at] = peer;
    if (this.#names[at] !== undefined) this.#names[at] = undefined;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#kinds[at] = kind;
    this.#next = at + 1 === limits.repeatLines ? 0 : at + 1;
  }

  /** The same search as in `Repeats`. */
  #repeatsTracked(bytes: Buffer, start: number, end: number, peer: string | null): boolean {
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
    const marker = markerIn(bytes, start, end);
    return nameOf({ ...this.#decode(frame, marker === -1 ? headerEndOf(frame) : marker, NO_TIME), peer });
  }
}
