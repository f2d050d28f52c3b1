import type { Frame } from '../model/message.ts';

/** Lines packed into one buffer without a gap. The buffer holds nothing else, so that its memory can be transferred. */
export type PackedLines = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The end of each line in the bytes, which is the start of the next line. */
  readonly ends: Uint32Array<ArrayBuffer>;
};

export function packLines(frames: readonly Pick<Frame, 'bytes' | 'start' | 'end'>[]): PackedLines {
  const bytes = Buffer.from(new ArrayBuffer(frames.reduce((sum, { start, end }) => sum + end - start, 0)));
  const ends = new Uint32Array(frames.length);
  let at = 0;
  for (const [index, frame] of frames.entries()) {
    at += frame.bytes.copy(bytes, at, frame.start, frame.end);
    ends[index] = at;
  }
  return { bytes, ends };
}
