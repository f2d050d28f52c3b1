import { limits } from '../core/model/limits.ts';
import { type BatchStats, newBatchStats } from '../pipeline/batch-stats.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReadBatch } from '../pipeline/read-batch.ts';
import type { FrameBatch } from '../receive/source.ts';
import type { ReadBlock } from './reading.ts';

type BatchLimits = Record<
  'archiveFirstLines' | 'archiveLines' | 'archiveLinesPerDevice' | 'archiveLinesAtMost' | 'archiveBytes',
  number
>;

/**
 * The consumer of an archive: runs the batches of a file through a pipeline. Each is read as it comes; what they say is
 * committed together once they have `archiveLines` lines (more where the lines are of many devices, fewer at first) or
 * `archiveBytes` bytes. Batches are acknowledged after their commit. Only a source that does not bound its unacknowledged
 * frames can be consumed like this.
 *
 * `now`: when the file was last changed, in milliseconds. `onBatch`: called with what each batch had, and with what was
 * decided at each commit.
 */
export async function commitInBatches(
  pipeline: Pick<Pipeline, 'readFiltered' | 'commit'>,
  batches: AsyncIterable<FrameBatch>,
  now: number,
  onBatch: (stats: BatchStats) => void,
  bounds: BatchLimits = limits,
): Promise<void> {
  await commitBlocks(pipeline, blocksOf(pipeline, batches, now), now, onBatch, bounds);
}

/** What the batches say, read here as they come. `now`: as in `commitInBatches`. */
export async function* blocksOf(
  pipeline: Pick<Pipeline, 'readFiltered'>,
  batches: AsyncIterable<FrameBatch>,
  now: number,
): AsyncGenerator<ReadBlock> {
  for await (const { filtered, ack } of batches) {
    const { frames } = filtered;
    let bytes = 0;
    for (const { start, end } of frames) bytes += end - start;
    yield { read: pipeline.readFiltered(filtered, now), lines: frames.length, bytes, ack };
  }
}

/** The same of blocks that are read already. */
export async function commitBlocks(
  pipeline: Pick<Pipeline, 'commit'>,
  blocks: AsyncIterable<ReadBlock>,
  now: number,
  onBatch: (stats: BatchStats) => void,
  { archiveFirstLines, archiveLines, archiveLinesPerDevice, archiveLinesAtMost, archiveBytes }: BatchLimits = limits,
): Promise<void> {
  let pending = newPending();
  let maxLines = archiveFirstLines;
  for await (const { read, lines, bytes, ack } of blocks) {
    const { stats, observations, unparsed } = read;
    onBatch(stats);
    for (const observation of observations) pending.read.observations.push(observation);
    for (const row of unparsed) pending.read.unparsed.push(row);
    // Not the batch: the bytes of its frames are free now.
    pending.acks.push(ack);
    pending.lines += lines;
    pending.bytes += bytes;
    if (pending.lines < maxLines && pending.bytes < archiveBytes) continue;
    const { devices } = await commit(pending);
    // As many devices as there were are likely again.
    maxLines =
      maxLines < archiveLines
        ? Math.min(2 * maxLines, archiveLines)
        : Math.max(archiveLines, Math.min(archiveLinesAtMost, archiveLinesPerDevice * devices.length));
    pending = newPending();
  }
  await commit(pending);

  async function commit({ read, acks }: Pending): Promise<BatchStats> {
    const stats = await pipeline.commit(read, now);
    for (const ack of acks) ack();
    onBatch(stats);
    return stats;
  }
}

/** What was read and is not committed. */
type Pending = { readonly read: ReadBatch; readonly acks: (() => void)[]; lines: number; bytes: number };

function newPending(): Pending {
  return { read: { stats: newBatchStats(), observations: [], unparsed: [] }, acks: [], lines: 0, bytes: 0 };
}
