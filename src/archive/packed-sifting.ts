import type { Sifting } from '../core/sieve.ts';

/** A sifting of an archive as bytes that change hands: what was kept of a block, and counts of the rest. */
export type PackedSifting = Pick<Sifting, 'after' | 'other' | 'noCore' | 'oversize'> & {
  /** The lines that were kept, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each ends in the bytes; the next one begins there. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** How many lines were let go before each. */
  readonly before: Uint32Array<ArrayBuffer>;
  /** 1 where it was cut at the limit. */
  readonly truncated: Uint8Array<ArrayBuffer>;
};

export function packed({ frames, before, after, other, noCore, oversize }: Sifting): PackedSifting {
  const size = frames.reduce((sum, { start, end }) => sum + end - start, 0);
  // Memory of its own, which only then can change hands.
  const bytes = Buffer.from(new ArrayBuffer(size));
  const ends = new Uint32Array(frames.length);
  const truncated = new Uint8Array(frames.length);
  let at = 0;
  for (const [index, frame] of frames.entries()) {
    at += frame.bytes.copy(bytes, at, frame.start, frame.end);
    ends[index] = at;
    if (frame.truncated) truncated[index] = 1;
  }
  return { bytes, ends, before: Uint32Array.from(before), truncated, after, other, noCore, oversize };
}

/** The sifting again; a file has no senders. */
export function unpacked({ bytes, ends, truncated, ...counts }: PackedSifting, receivedAt: number): Sifting {
  const buffer = Buffer.from(bytes.buffer);
  const frames = Array.from(ends, (end, index) => ({
    bytes: buffer,
    start: index === 0 ? 0 : (ends[index - 1] as number),
    end,
    peer: null,
    transport: 'file' as const,
    receivedAt,
    truncated: truncated[index] === 1,
  }));
  return { ...counts, frames, links: new Map() };
}

/** What moves with it. */
export function buffersOf({ bytes, ends, before, truncated }: PackedSifting): ArrayBuffer[] {
  return [bytes, ends, before, truncated].map(({ buffer }) => buffer);
}
