/** The files of an archive in the order of their times: a shell names the rotated files of a log with the newest first. */
import { makeDecoder } from '../core/decode/envelope.ts';
import { ArchiveTime, type ZoneOffset } from '../core/read/event-time.ts';
import type { ArchiveFile } from './archive-files.ts';
import { InlineArchiveReader } from './archive-reader.ts';

/**
 * The files in the order of the first times in them; without any date a file begins when it was last changed. As they are
 * where one of them can be read only once. Throws `OperatingError` where the beginning of a file cannot be read.
 */
export async function inOrderOfTime(files: readonly ArchiveFile[], zone: ZoneOffset): Promise<readonly ArchiveFile[]> {
  if (files.length < 2 || files.some(({ form }) => form === 'stream')) return files;
  const begun: { readonly file: ArchiveFile; readonly at: number }[] = [];
  for (const file of files) begun.push({ file, at: await beginningOf(file, zone) });
  return begun.sort((a, b) => a.at - b.at).map(({ file }) => file);
}

async function beginningOf(file: ArchiveFile, zone: ZoneOffset): Promise<number> {
  const time = new ArchiveTime(file.end, zone);
  for await (const { frames } of new InlineArchiveReader().read(file)) {
    if (frames.length === 0) continue;
    time.anchor(makeDecoder(), frames);
    break;
  }
  return time.now;
}
