import { once } from 'node:events';
import { archiveFilesOf } from '../archive/archive-files.ts';
import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import { ArchiveTime } from '../core/read/event-time.ts';
import { makeMessageReader, type ParsedLine } from '../core/read/parsed-line.ts';
import { blocksOf } from './lines.ts';
import { zoneOption } from './zone-option.ts';

/** One JSON object a message, with the keys of product.md §7. */
export async function parseFiles(files: readonly string[], options: { zone: string }): Promise<void> {
  const zone = zoneOption(options.zone);
  const advisory = await loadAdvisory(shippedAdvisory);
  for (const source of archiveFilesOf(files, Date.now())) {
    const reader = makeMessageReader(advisory, new ArchiveTime(source.end, zone));
    for await (const frames of blocksOf(source)) await print(frames.flatMap(reader.read));
    await print(reader.end());
  }
}

async function print(lines: readonly ParsedLine[]): Promise<void> {
  if (lines.length === 0) return;
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
