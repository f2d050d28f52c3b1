import type { Framing } from '../model/message.ts';

/**
 * `[start, end)` of `bytes` is one syslog record, without its delimiter. `truncated`: cut at the limit. `certified`: as in
 * `Frame`.
 */
export type Record = {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly framing: Framing;
  readonly truncated: boolean;
  readonly certified?: boolean | undefined;
};

export const LF = 0x0a;
export const CR = 0x0d;
export const NUL = 0x00;
export const LESS_THAN = 0x3c;
export const GREATER_THAN = 0x3e;

/** `<191>` is the highest priority (RFC 5424 §6.2.1). */
export const PRI_DIGITS = 3;

/** Where a record ends without the line ends and NULs at its end. */
export function endOfText(bytes: Uint8Array, start: number, end: number): number {
  let stop = end;
  while (stop > start && (bytes[stop - 1] === CR || bytes[stop - 1] === LF || bytes[stop - 1] === NUL)) stop--;
  return stop;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
