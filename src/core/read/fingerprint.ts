import type { Envelope, TrackedMessage } from '../model/message.ts';

/**
 * Equal for copies of one message, whatever their way: a hash of the device's own stamp, its sequence number and the
 * text. A stamp without a zone is taken as it reads, since a capture and a line may be given different zones. Negative with an
 * uptime in place of a date: it tells only copies by two ways. Null without both. `textHash`: `hashOfMessage` of the message.
 */
export function fingerprintOf({ stamp, sequence }: Envelope, textHash: number): number | null {
  const date = stamp.zoneAssumed ? stamp.local : stamp.instant;
  if (date !== null) return hash(`${date} ${sequence} ${textHash}`);
  return stamp.uptime === undefined ? null : -hash(`${stamp.uptime} ${sequence} ${textHash}`);
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
