import type { Frame } from '../model/message.ts';

/** Lines one behind the other, in memory of their own, which only then can change hands. */
export type PackedLines = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each ends in the bytes; the next one begins there. */
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
