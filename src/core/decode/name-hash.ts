/** A name as a number, which distinguishes the devices behind one address without a string for each line. */

/** No name. */
export const NO_NAME = 0;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * FNV-1a of the name in lower case, as a signed 32-bit number; never `NO_NAME`. Two names behind one relay with the
 * same hash count as one device; its numbers then contradict each other, and the ledger stops counting and reports
 * this.
 */
export function nameHash(name: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < name.length; i++) hash = step(hash, name.charCodeAt(i));
  return hash | 0 || 1;
}

/** The same for the bytes `[from, to)`; NO_NAME for a placeholder. */
export function nameHashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = FNV_OFFSET;
  for (let i = from; i < to; i++) hash = step(hash, bytes[i] as number);
  hash = hash | 0 || 1;
  for (const unwritten of UNWRITTEN) if (hash === unwritten) return NO_NAME;
  return hash;
}

function step(hash: number, code: number): number {
  return Math.imul(hash ^ (code >= 0x41 && code <= 0x5a ? code + 32 : code), FNV_PRIME);
}

/** Cisco writes these if no address or name is set; they identify no device. */
export const PLACEHOLDERS: readonly string[] = ['0.0.0.0', '::', ':::', 'localhost', 'XXX', '<>', '-'];
const UNWRITTEN = PLACEHOLDERS.map(nameHash);
