import { limits } from '../core/model/limits.ts';
import type { FilteredFrames } from '../core/read/frame-collector.ts';
import { type BatchStats, newBatchStats } from '../pipeline/batch-stats.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReadBatch } from '../pipeline/read-batch.ts';

type BatchLimits = Record<'archiveLines' | 'archiveLinesPerDevice' | 'archiveLinesAtMost' | 'archiveBytes', number>;

/**
 * Runs what was kept of a file through a pipeline: each block is read as it comes, and what they say is decided and
 * stored together once so many lines were kept, more where they are of many devices, or so many bytes. `tell` is given what each block was, and what was decided. `now`: milliseconds,
 * when the file ended.
 */
export async function commitInBatches(
  pipeline: Pipeline,
  batches: AsyncIterable<FilteredFrames>,
  now: number,
  tell: (stats: BatchStats) => void,
  { archiveLines, archiveLinesPerDevice, archiveLinesAtMost, archiveBytes }: BatchLimits = limits,
): Promise<void> {
  let batch = emptyBatch();
  let most = archiveLines;
  for await (const filtered of batches) {
    const { stats, observations, unparsed } = pipeline.readFiltered(filtered, now);
    tell(stats);
    for (const observation of observations) batch.turn.observations.push(observation);
    for (const row of unparsed) batch.turn.unparsed.push(row);
    batch.lines += filtered.frames.length;
    for (const { start, end } of filtered.frames) batch.bytes += end - start;
    if (batch.lines < most && batch.bytes < archiveBytes) continue;
    const decided = await pipeline.commit(batch.turn, now);
    tell(decided);
    // As many devices as there were are likely again.
    most = Math.max(archiveLines, Math.min(archiveLinesAtMost, archiveLinesPerDevice * decided.devices));
    batch = emptyBatch();
  }
  tell(await pipeline.commit(batch.turn, now));
}

function emptyBatch(): { readonly turn: ReadBatch; lines: number; bytes: number } {
  return { turn: { stats: newBatchStats(), observations: [], unparsed: [] }, lines: 0, bytes: 0 };
}
