import { limits } from '../model/limits.ts';
import type { Record } from './record.ts';

/** RFC 5426 §3.1: one datagram is one record. Line ends and NULs at its end are not part of it. */
export function datagramRecord(bytes: Buffer): Record | null {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d || bytes[end - 1] === 0x00)) end--;
  if (end === 0) return null;
  const truncated = end > limits.frameBytes;
  return { bytes, start: 0, end: truncated ? limits.frameBytes : end, framing: 'datagram', truncated };
}
