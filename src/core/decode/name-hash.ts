/** A name as a number, so that devices behind one address are told apart without a string for each line. */

/** No name. */
export const NO_NAME = 0;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * FNV-1a of the name in lower case, in 32 bits with their sign; never `NO_NAME`. Two names of one relay that share a
 * hash are taken for one device, whose numbers then contradict each other: the ledger gives up on them and says so.
 */
export function nameHash(name: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < name.length; i++) hash = step(hash, name.charCodeAt(i));
  return hash | 0 || 1;
}

/** The same of the bytes `[from, to)`. */
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

/** What Cisco writes where no address or name is set (the envelope's decoder knows the same ones). */
const UNWRITTEN: readonly number[] = ['0.0.0.0', '::', ':::', 'localhost', 'XXX', '<>', '-'].map(nameHash);
