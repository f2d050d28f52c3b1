import { type ArchiveFile, chunksOf } from '../archive/archive-files.ts';
import { NonTransparentFramer } from '../core/frame/non-transparent.ts';
import type { Frame } from '../core/model/message.ts';

/**
 * The lines of a source as frames, one block at a time. A source with a name in .gz is unpacked. `read` is called with the
 * number of bytes read from the file, before unpacking.
 */
export async function* blocksOf(source: ArchiveFile, read?: (bytes: number) => void): AsyncGenerator<Frame[]> {
  const framer = new NonTransparentFramer();
  const toFrames = (records: ReturnType<NonTransparentFramer['push']>): Frame[] =>
    records.map(({ bytes, start, end, truncated }) => ({
      bytes,
      start,
      end,
      truncated,
      peer: null,
      transport: 'file',
      receivedAt: source.end,
    }));
  for await (const chunk of chunksOf(source, read)) yield toFrames(framer.push(chunk));
  yield toFrames(framer.end());
}
