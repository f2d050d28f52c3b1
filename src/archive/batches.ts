import { limits } from '../core/limits.ts';
import type { Sifting } from '../core/sieve.ts';
import type { Pipeline, Turn } from '../pipeline.ts';
import { newTally, type Tally } from '../tally.ts';

type BatchLimits = Record<'archiveLines' | 'archiveLinesPerDevice' | 'archiveLinesAtMost' | 'archiveBytes', number>;

/**
 * Runs what was kept of a file through a pipeline: each block is read as it comes, and what they say is decided and
 * stored together once so many lines were kept, more where they are of many devices, or so many bytes. `tell` is given what each block was, and what was decided. `now`: milliseconds,
 * when the file ended.
 */
export async function runInBatches(
  pipeline: Pipeline,
  siftings: AsyncIterable<Sifting>,
  now: number,
  tell: (tally: Tally) => void,
  { archiveLines, archiveLinesPerDevice, archiveLinesAtMost, archiveBytes }: BatchLimits = limits,
): Promise<void> {
  let batch = emptyBatch();
  let most = archiveLines;
  for await (const sifting of siftings) {
    const { tally, sightings, unparsed } = pipeline.readSifted(sifting, now);
    tell(tally);
    for (const sighting of sightings) batch.turn.sightings.push(sighting);
    for (const row of unparsed) batch.turn.unparsed.push(row);
    batch.lines += sifting.frames.length;
    for (const { start, end } of sifting.frames) batch.bytes += end - start;
    if (batch.lines < most && batch.bytes < archiveBytes) continue;
    const decided = await pipeline.decide(batch.turn, now);
    tell(decided);
    // As many devices as there were are likely again.
    most = Math.max(archiveLines, Math.min(archiveLinesAtMost, archiveLinesPerDevice * decided.devices));
    batch = emptyBatch();
  }
  tell(await pipeline.decide(batch.turn, now));
}

function emptyBatch(): { readonly turn: Turn; lines: number; bytes: number } {
  return { turn: { tally: newTally(), sightings: [], unparsed: [] }, lines: 0, bytes: 0 };
}
