import type { Envelope, TrackedMessage } from '../model/message.ts';

/**
 * What two copies of one message have in common on whatever way they came: the device's own stamp, its sequence
 * number and the text. Null where these do not tell copies from repetitions: without a date or without any number.
 * A stamp alone is not enough: a relay may have made it, and two messages may fall into one tick of a clock.
 * `said`: `hashOfMessage` of the message.
 */
export function fingerprintOf({ stamp, sequence, counter }: Envelope, said: number): number | null {
  if (stamp.instant === null || (sequence === null && counter === null)) return null;
  return hash(`${stamp.instant} ${sequence} ${said}`);
}

/** The text's part in it, the same for all messages that say the same. */
export function hashOfMessage({
  facility,
  mnemonic,
  text,
}: Pick<TrackedMessage, 'facility' | 'mnemonic' | 'text'>): number {
  return hash(`${facility} ${mnemonic} ${text.trim()}`);
}

/** 53 bits out of two multiplicative hashes. */
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
