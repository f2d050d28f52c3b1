import { type PackedLines, packLines } from '../core/frame/packed-lines.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';

/** A filtered of an archive as bytes that change hands: what was kept of a block, and counts of the rest. */
export type FrameTransfer = Pick<FilteredFrames, 'after' | 'other' | 'noCore' | 'oversize'> &
  PackedLines & {
    /** How many lines were let go before each. */
    readonly before: Uint32Array<ArrayBuffer>;
    /** 1 where it was cut at the limit. */
    readonly truncated: Uint8Array<ArrayBuffer>;
  };

export function packed({ frames, before, after, other, noCore, oversize }: FilteredFrames): FrameTransfer {
  const truncated = Uint8Array.from(frames, (frame) => Number(frame.truncated));
  return { ...packLines(frames), before: Uint32Array.from(before), truncated, after, other, noCore, oversize };
}

/** The filtered again; a file has no senders. */
export function unpacked({ bytes, ends, truncated, ...counts }: FrameTransfer, receivedAt: number): FilteredFrames {
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
export function buffersOf({ bytes, ends, before, truncated }: FrameTransfer): ArrayBuffer[] {
  return [bytes, ends, before, truncated].map(({ buffer }) => buffer);
}
