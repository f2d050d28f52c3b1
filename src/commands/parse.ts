import { once } from 'node:events';
import { archiveFilesOf } from '../archive/archive-files.ts';
import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import { makeDecoder } from '../core/decode/envelope.ts';
import { ArchiveTime } from '../core/read/event-time.ts';
import { type ParsedLine, ParsedLineReader } from '../core/read/parsed-line.ts';
import { blocksOf } from './lines.ts';
import { printJsonLines } from './output.ts';
import { zoneOption } from './zone-option.ts';

/** Prints one JSON object per message, a `ParsedLine`. */
export async function parseFiles(files: readonly string[], options: { zone: string }): Promise<void> {
  const zone = zoneOption(options.zone);
  const advisory = await loadAdvisory(shippedAdvisory);
  const decode = makeDecoder();
  for (const file of archiveFilesOf(files, Date.now())) {
    const time = new ArchiveTime(file.end, zone);
    const reader = new ParsedLineReader(advisory, time);
    for await (const frames of blocksOf(file)) {
      if (frames.length > 0) time.anchor(decode, frames);
      await print(reader.read(frames));
    }
    await print(reader.end());
  }
}

async function print(lines: readonly ParsedLine[]): Promise<void> {
  if (lines.length === 0) return;
  if (!printJsonLines(lines)) await once(process.stdout, 'drain');
}
