import { type PackedLines, packLines } from '../core/frame/packed-lines.ts';
import type { Sifting } from '../core/sieve.ts';

/** A sifting of an archive as bytes that change hands: what was kept of a block, and counts of the rest. */
export type PackedSifting = Pick<Sifting, 'after' | 'other' | 'noCore' | 'oversize'> &
  PackedLines & {
    /** How many lines were let go before each. */
    readonly before: Uint32Array<ArrayBuffer>;
    /** 1 where it was cut at the limit. */
    readonly truncated: Uint8Array<ArrayBuffer>;
  };

export function packed({ frames, before, after, other, noCore, oversize }: Sifting): PackedSifting {
  const truncated = Uint8Array.from(frames, (frame) => Number(frame.truncated));
  return { ...packLines(frames), before: Uint32Array.from(before), truncated, after, other, noCore, oversize };
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
