import { type PackedLines, packLines } from '../core/frame/packed-lines.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';

/** The filtered frames of a block as buffers that can be moved to another thread. */
export type FrameTransfer = Pick<FilteredFrames, 'other' | 'noCore' | 'oversize'> &
  PackedLines & {
    /** 1 where the line was cut at the limit. */
    readonly truncated: Uint8Array<ArrayBuffer>;
  };

export function packed({ frames, other, noCore, oversize }: FilteredFrames): FrameTransfer {
  const truncated = Uint8Array.from(frames, (frame) => Number(frame.truncated));
  return { ...packLines(frames), truncated, other, noCore, oversize };
}

/** The filtered frames again. Links are left out: they are noted by sender, and a file has none. */
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

/** The buffers to move with the message. */
export function buffersOf({ bytes, ends, truncated }: FrameTransfer): ArrayBuffer[] {
  return [bytes, ends, truncated].map(({ buffer }) => buffer);
}
