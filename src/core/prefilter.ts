/**
 * The cheap path: which records can matter at all, by their bytes. What a prefilter lets go is a line that the whole path
 * would count and forget; it never becomes a string, a frame or an object.
 */

import { type Decoder, headerEndOf, makeDecoder } from './decode/envelope.ts';
import { type Candidates, scanMessageCode } from './decode/message-code.ts';
import type { StampContext } from './decode/timestamp.ts';
import { nameOf } from './identity.ts';
import { limits } from './limits.ts';
import type { Frame } from './message.ts';
import { toBytes } from './word-bytes.ts';

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

/** What a prefilter kept of some records, and what it let go. */
export type FilteredFrames = {
  readonly frames: readonly Frame[];
  /** How many records were let go before each frame, and behind the last. */
  readonly before: ArrayLike<number>;
  readonly after: number;
  readonly other: number;
  readonly noCore: number;
  /** Of those let go, how many had been cut at the limit. */
  readonly oversize: number;
  /** Senders that told of a link that went down, and when last. */
  readonly links: ReadonlyMap<string, number>;
};

/** Collects what a prefilter says of records, one after the other. */
export class FrameCollector {
  readonly #prefilter: Prefilter;
  readonly #wants: () => boolean;
  #frames: Frame[] = [];
  #before: number[] = [];
  #gone = 0;
  #other = 0;
  #noCore = 0;
  #oversize = 0;
  #links = new Map<string, number>();

  /**
   * `wants`: asked of each record that the prefilter lets go whether it is kept all the same, as an archive wants to know the
   * time of some lines.
   */
  constructor(prefilter: Prefilter, wants: () => boolean = () => false) {
    this.#prefilter = prefilter;
    this.#wants = wants;
  }

  /** Records since the last `take()`, kept ones and others. */
  get lines(): number {
    return this.#frames.length + this.#other + this.#noCore;
  }

  get kept(): number {
    return this.#frames.length;
  }

  /** `full`: what would be kept is refused, and counted nowhere here. */
  add(
    bytes: Buffer,
    start: number,
    end: number,
    truncated: boolean,
    from: Pick<Frame, 'peer' | 'transport' | 'receivedAt'>,
    full = false,
  ): PrefilterVerdict | 'refused' {
    const verdict = this.#prefilter.test(bytes, start, end, from.peer);
    if (verdict === 'keep' || this.#wants()) {
      if (full) return 'refused';
      const { peer, transport, receivedAt } = from;
      this.#frames.push({ bytes, start, end, peer, transport, receivedAt, truncated });
      this.#before.push(this.#gone);
      this.#gone = 0;
      return 'keep';
    }
    this.#gone++;
    if (truncated) this.#oversize++;
    if (verdict === 'no-core') this.#noCore++;
    else this.#other++;
    if (verdict === 'link-down' && from.peer !== null) this.#links.set(from.peer, from.receivedAt);
    return verdict;
  }

  /** What there is since the last time. */
  take(): FilteredFrames {
    const filtered: FilteredFrames = {
      frames: this.#frames,
      before: this.#before,
      after: this.#gone,
      other: this.#other,
      noCore: this.#noCore,
      oversize: this.#oversize,
      links: this.#links,
    };
    this.#frames = [];
    this.#before = [];
    this.#gone = 0;
    this.#other = 0;
    this.#noCore = 0;
    this.#oversize = 0;
    if (this.#links.size > 0) this.#links = new Map();
    return filtered;
  }
}
