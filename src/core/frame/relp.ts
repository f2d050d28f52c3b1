/**
 * The frames of RELP, the Reliable Event Logging Protocol of rsyslog: `TXNR SP COMMAND SP DATALEN [SP DATA] LF`. The number
 * of a transaction comes back in the answer `TXNR rsp DATALEN SP 200 OK LF`; 0 is the number of hints, which have no answer.
 */
import { limits } from '../model/limits.ts';
import { endOfText, isDigit, LF, type Record } from './record.ts';

/** `[start, end)` of `bytes` is the data. `truncated`: it was longer than the limit of a record, and is cut there. */
export type RelpFrame = {
  readonly txnr: number;
  readonly command: string;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly truncated: boolean;
};

type Header = { readonly txnr: number; readonly command: string; readonly start: number; readonly length: number };
/** A frame whose data is longer than the limit; `left`: octets of it that have not arrived. */
type LongFrame = { readonly frame: RelpFrame; left: number };

const BLANK = 0x20;
/** Of a transaction number and of a length. */
const DIGITS = 9;
const COMMAND_LETTERS = 32;
const EMPTY = Buffer.alloc(0);

/**
 * Finds the frames of one connection. The frames do not depend on how the stream is divided into chunks. No bytes make it
 * throw: what is no frame sets `broken`, and nothing is read behind it.
 */
export class RelpFramer {
  #pending: Buffer = EMPTY;
  #long: LongFrame | null = null;
  #broken: string | null = null;

  /** What was wrong with the first bytes that are no frame; null if there were none. */
  get broken(): string | null {
    return this.#broken;
  }

  /** The frames that are complete with these bytes. */
  push(chunk: Buffer): RelpFrame[] {
    const frames: RelpFrame[] = [];
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let from = 0;
    while (this.#broken === null) {
      const next = this.#long === null ? this.#next(frames, bytes, from) : this.#rest(frames, this.#long, bytes, from);
      if (next === null) break;
      from = next;
    }
    const isDone = this.#broken !== null || this.#long !== null || from === bytes.length;
    this.#pending = isDone ? EMPTY : Buffer.from(bytes.subarray(from));
    return frames;
  }

  /** Reads the frame at `from`; returns the position after it, or null if more bytes are needed. */
  #next(frames: RelpFrame[], bytes: Buffer, from: number): number | null {
    const header = readHeader(bytes, from);
    if (header === 'unsure') return null;
    if (typeof header === 'string') {
      this.#broken = header;
      return null;
    }
    const { txnr, command, start, length } = header;
    const truncated = length > limits.frameBytes;
    const end = start + Math.min(length, limits.frameBytes);
    const frame = { txnr, command, bytes, start, end, truncated };
    if (bytes.length > start + length) return this.#complete(frames, frame, bytes, start + length);
    if (!truncated || bytes.length <= end) return null;
    this.#long = { frame, left: start + length - bytes.length };
    return null;
  }

  /** Skips what has arrived of the data beyond the limit. */
  #rest(frames: RelpFrame[], long: LongFrame, bytes: Buffer, from: number): number | null {
    const at = from + Math.min(long.left, bytes.length - from);
    long.left -= at - from;
    if (at === bytes.length) return null;
    this.#long = null;
    return this.#complete(frames, long.frame, bytes, at);
  }

  /** `at`: where the line end must be. */
  #complete(frames: RelpFrame[], frame: RelpFrame, bytes: Buffer, at: number): number | null {
    if (bytes[at] !== LF) {
      this.#broken = 'a frame has no line end where its length says';
      return null;
    }
    frames.push(frame);
    return at + 1;
  }
}

/** `unsure`: more bytes are needed. Any other text: why there is no frame. */
function readHeader(bytes: Buffer, from: number): Header | string {
  const txnr = readNumber(bytes, from);
  if (typeof txnr === 'string') return txnr;
  let at = txnr.end + 1;
  const nameStart = at;
  while (at < bytes.length && at - nameStart <= COMMAND_LETTERS && isLetter(bytes[at] as number)) at++;
  if (at === nameStart ? at < bytes.length : at - nameStart > COMMAND_LETTERS) return 'a frame has no command';
  if (at === bytes.length) return 'unsure';
  if (bytes[txnr.end] !== BLANK || bytes[at] !== BLANK) return 'no blank is behind a number or a command';
  const command = bytes.toString('latin1', nameStart, at);
  const length = readNumber(bytes, at + 1);
  if (typeof length === 'string') return length;
  const hasData = bytes[length.end] === BLANK;
  // Without data there is no blank either.
  if (!hasData && (bytes[length.end] !== LF || length.value > 0)) return 'no blank is behind the length of a frame';
  return { txnr: txnr.value, command, start: hasData ? length.end + 1 : length.end, length: length.value };
}

/** A number, and the position of the byte behind it, which has arrived. */
function readNumber(bytes: Buffer, from: number): { readonly value: number; readonly end: number } | string {
  let at = from;
  let value = 0;
  while (at < bytes.length && at - from <= DIGITS && isDigit(bytes[at] as number)) {
    value = value * 10 + (bytes[at] as number) - 0x30;
    at++;
  }
  if (at === from ? at < bytes.length : at - from > DIGITS) return `a frame has no number of 1 to ${DIGITS} digits`;
  return at === bytes.length ? 'unsure' : { value, end: at };
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** A frame as bytes: an answer (`rsp`), a hint, or what a client sends. */
export function relpFrame(txnr: number, command: string, data: Buffer | string = EMPTY): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const head = Buffer.from(`${txnr} ${command} ${bytes.length}`);
  return bytes.length === 0
    ? Buffer.concat([head, Buffer.from([LF])])
    : Buffer.concat([head, Buffer.from([BLANK]), bytes, Buffer.from([LF])]);
}

/** The record in the data of a `syslog` frame, without line ends; null if there is nothing in it. */
export function relpRecord({ bytes, start, end, truncated }: RelpFrame): Record | null {
  const stop = endOfText(bytes, start, end);
  return stop === start ? null : { bytes, start, end: stop, framing: 'relp', truncated };
}

const VERSION = 'relp_version';
const COMMANDS = 'commands';
const OFFERS = ['relp_version=0', 'relp_software=quovadis-watch', 'commands=syslog'];

/** The answer to the offers of `open`, lines of `NAME=VALUE`. A client that does not offer `syslog` is refused. */
export function answerToOffers({ bytes, start, end }: RelpFrame): { readonly accepts: boolean; readonly text: string } {
  const offers = new Map<string, string>();
  for (const line of bytes.toString('latin1', start, end).split('\n')) {
    const [name = '', value = ''] = line.split('=', 2);
    offers.set(name.trim(), value.trim());
  }
  if (!offers.has(VERSION)) return { accepts: false, text: '500 the offer relp_version is missing' };
  const commands = (offers.get(COMMANDS) ?? '').split(',').map((name) => name.trim());
  if (!commands.includes('syslog')) return { accepts: false, text: '500 the command syslog is not offered' };
  return { accepts: true, text: ['200 OK', ...OFFERS].join('\n') };
}
