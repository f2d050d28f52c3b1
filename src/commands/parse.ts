import { once } from 'node:events';
import { archiveFilesOf } from '../archive/archive-files.ts';
import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import { makeDecoder } from '../core/decode/envelope.ts';
import { ArchiveTime } from '../core/read/event-time.ts';
import { type ParsedLine, ParsedLineReader } from '../core/read/parsed-line.ts';
import { blocksOf } from './lines.ts';
import { noCiscoLine } from './no-cisco-line.ts';
import { printJsonLines } from './output.ts';
import { zoneOption } from './zone-option.ts';

/** Prints one JSON object per message, a `ParsedLine`. */
export async function parseFiles(files: readonly string[], options: { zone: string }): Promise<void> {
  const zone = zoneOption(options.zone);
  const advisory = await loadAdvisory(shippedAdvisory);
  const decode = makeDecoder();
  let [lines, messages] = [0, 0];
  for (const file of archiveFilesOf(files, Date.now())) {
    const time = new ArchiveTime(file.end, zone);
    const reader = new ParsedLineReader(advisory, time);
    for await (const frames of blocksOf(file)) {
      if (frames.length > 0) time.anchor(decode, frames);
      await print(reader.read(frames));
    }
    await print(reader.end());
  }
  if (messages === 0) throw noCiscoLine(files, lines);

  async function print(parsed: readonly ParsedLine[]): Promise<void> {
    lines += parsed.length;
    for (const { outcome } of parsed) if (outcome !== 'no-core') messages++;
    if (parsed.length > 0 && !printJsonLines(parsed)) await once(process.stdout, 'drain');
  }
}
