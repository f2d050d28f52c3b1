import type { Envelope, TrackedMessage } from '../model/message.ts';

/**
 * Equal for copies of one message, whatever their way: a hash of the device's own stamp, its sequence number and the
 * text. Null if these do not distinguish a copy from a repetition: without a date, or without any number. A stamp alone
 * is not sufficient: a relay may have written it, and two messages may have the same tick of the clock. `textHash`:
 * `hashOfMessage` of the message.
 */
export function fingerprintOf({ stamp, sequence, counter }: Envelope, textHash: number): number | null {
  if (stamp.instant === null || (sequence === null && counter === null)) return null;
  return hash(`${stamp.instant} ${sequence} ${textHash}`);
}

/**
 * The same of a line in the buffer of the device itself: no relay has written its stamp, and lines of the buffer that are equal
 * in stamp and text are taken for one. Null without a date.
 */
export function fingerprintInBuffer({ stamp, sequence }: Envelope, textHash: number): number | null {
  return stamp.instant === null ? null : hash(`${stamp.instant} ${sequence} ${textHash}`);
}

/** The hash of facility, mnemonic and text. */
export function hashOfMessage({
  facility,
  mnemonic,
  text,
}: Pick<TrackedMessage, 'facility' | 'mnemonic' | 'text'>): number {
  return hash(`${facility} ${mnemonic} ${text.trim()}`);
}

/** 53 bits from two multiplicative hashes. */
function hash(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (b & 0x1fffff) + (a >>> 0);
}
