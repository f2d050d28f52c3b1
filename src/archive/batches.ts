import { limits } from '../core/model/limits.ts';
import { type BatchStats, newBatchStats } from '../pipeline/batch-stats.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReadBatch } from '../pipeline/read-batch.ts';
import type { FrameBatch } from '../receive/source.ts';

type BatchLimits = Record<'archiveLines' | 'archiveLinesPerDevice' | 'archiveLinesAtMost' | 'archiveBytes', number>;

/**
 * The consumer of an archive: runs the batches of a file through a pipeline. Each is read as it comes; what they say is
 * committed together once they have `archiveLines` lines (more where the lines are of many devices) or `archiveBytes`
 * bytes. Batches are acknowledged after their commit. Only a source that does not bound its unacknowledged frames can be
 * consumed like this.
 *
 * `now`: when the file was last changed, in milliseconds. `onBatch`: called with what each batch had, and with what was
 * decided at each commit.
 */
export async function commitInBatches(
  pipeline: Pick<Pipeline, 'readFiltered' | 'commit'>,
  batches: AsyncIterable<FrameBatch>,
  now: number,
  onBatch: (stats: BatchStats) => void,
  { archiveLines, archiveLinesPerDevice, archiveLinesAtMost, archiveBytes }: BatchLimits = limits,
): Promise<void> {
  let pending = newPending();
  let maxLines = archiveLines;
  for await (const batch of batches) {
    const { filtered, ack } = batch;
    const { stats, observations, unparsed } = pipeline.readFiltered(filtered, now);
    onBatch(stats);
    for (const observation of observations) pending.read.observations.push(observation);
    for (const row of unparsed) pending.read.unparsed.push(row);
    // Not the batch: the bytes of its frames are free now.
    pending.acks.push(ack);
    pending.lines += filtered.frames.length;
    for (const { start, end } of filtered.frames) pending.bytes += end - start;
    if (pending.lines < maxLines && pending.bytes < archiveBytes) continue;
    const { devices } = await commit(pending);
    // As many devices as there were are likely again.
    maxLines = Math.max(archiveLines, Math.min(archiveLinesAtMost, archiveLinesPerDevice * devices));
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
