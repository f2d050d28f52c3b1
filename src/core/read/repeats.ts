/**
 * Repetitions that a device or a relay sums up: `last message repeated 66 times` as a record of its own (IOS, NX-OS,
 * relays), `(message repeated 7 times)` after the text (NX-OS), `message repeated 3 times: [ … ]` around the text
 * (rsyslog).
 */

import type { Decoder } from '../decode/envelope.ts';
import { headerEndOf } from '../decode/header-end.ts';
import { limits } from '../model/limits.ts';
import type { Envelope, Frame } from '../model/message.ts';
import { nameOf } from '../model/names.ts';
import type { Timekeeper } from './event-time.ts';

const MARKER = 'message repeated ';
const COUNT = /message repeated (\d{1,7}) times?/;

/** A record that repeats the message in `of` `times` times. */
export type Repetition = { readonly of: Frame; readonly envelope: Envelope; readonly times: number };

/** Number of messages that a record with a message code stands for: usually 1. */
export function timesOf(raw: string): number {
  const at = raw.indexOf(MARKER);
  return at === -1 ? 1 : countIn(raw.slice(at, at + 40));
}

/** Remembers the last records, so that the repeated message of a device can be found. */
export class Repeats {
  readonly #decode: Decoder;
  readonly #time: Pick<Timekeeper, 'context'>;
  /** The last records before this batch. */
  #previous: readonly Frame[] = [];
  #devices = new WeakMap<Frame, { readonly device: string | null }>();

  constructor(decode: Decoder, time: Pick<Timekeeper, 'context'>) {
    this.#decode = decode;
    this.#time = time;
  }

  /** `frames[index]` has no message code. Null if it is no repetition, or if the repeated message is too far back. */
  find(frames: readonly Frame[], index: number): Repetition | null {
    const frame = frames[index] as Frame;
    const at = markerAt(frame);
    if (at === -1) return null;
    const envelope = this.#decode(frame, at, this.#time.context(frame));
    const device = nameOf({ ...envelope, peer: frame.peer });
    for (let back = 1; back <= limits.repeatLines; back++) {
      // Before the first frame the index is negative, and counts back from the end of the previous batch.
      const earlier = frames[index - back] ?? this.#previous.at(index - back);
      if (earlier === undefined) return null;
      if (earlier.peer !== frame.peer || this.#deviceOf(earlier) !== device || markerAt(earlier) !== -1) continue;
      return { of: earlier, envelope, times: countAt(frame.bytes, at, frame.end) };
    }
    return null;
  }

  /** Takes over the last records that were read elsewhere. */
  takeOver(former: Repeats): void {
    this.#previous = former.#previous;
  }

  /** Call at the end of a batch, with its frames. */
  keep(frames: readonly Frame[]): void {
    this.#previous = [...this.#previous, ...frames.slice(-limits.repeatLines)].slice(-limits.repeatLines);
  }

  #deviceOf(frame: Frame): string | null {
    const known = this.#devices.get(frame);
    if (known !== undefined) return known.device;
    const envelope = this.#decode(frame, headerEndOf(frame), this.#time.context(frame));
    const device = nameOf({ ...envelope, peer: frame.peer });
    this.#devices.set(frame, { device });
    return device;
  }
}

/** Position of `last message repeated` in the record's buffer, or -1. */
function markerAt({ bytes, start, end }: Frame): number {
  const at = bytes.subarray(start, end).indexOf(`last ${MARKER}`);
  return at === -1 ? -1 : start + at;
}

function countAt(bytes: Buffer, from: number, end: number): number {
  return countIn(bytes.toString('latin1', from, Math.min(end, from + 40)));
}

function countIn(text: string): number {
  const [, count] = COUNT.exec(text) ?? [];
  return count === undefined ? 1 : Math.max(1, Number(count));
}
