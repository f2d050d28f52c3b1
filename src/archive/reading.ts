/** What the lines of an archive say, block by block: read in this thread, or in the one that filters. */
import type { Advisory } from '../core/advisory/advisory.ts';
import type { ArchiveTimeState } from '../core/read/event-time.ts';
import type { PackedObservations } from '../core/read/packed-observations.ts';
import { newBatchStats } from '../pipeline/batch-stats.ts';
import type { ReadBatch } from '../pipeline/read-batch.ts';
import type { ArchiveFile } from './archive-files.ts';

/** `lines`, `bytes`: the frames that were read. `ack`: to be called once, after everything is stored. */
export type ReadBlock = {
  readonly read: ReadBatch;
  readonly lines: number;
  readonly bytes: number;
  readonly ack: () => void;
};

export interface ArchiveReading {
  /** The blocks of one file; files are read one after the other. */
  blocks(file: ArchiveFile, onRead?: (bytes: number) => void): AsyncIterable<ReadBlock>;
  /** What has waited for a second record, once all files are read. */
  end(): Promise<ReadBatch>;
}

/** All that a thread needs to read lines as this one would. `zone`: a name of `zoneOffsetOf()`. */
export type ReadingOrder = {
  readonly advisory: Advisory;
  readonly zone: string;
  /** When the archive ends, in milliseconds. */
  readonly end: number;
  readonly keepsEvidence: boolean;
};

/** A batch as it crosses between threads. */
export type PackedBatch = {
  readonly counts: Pick<ReadBatch['stats'], 'lines' | 'oversize' | 'outcomes' | 'messages' | 'signals' | 'unparsed'>;
  readonly observations: PackedObservations;
  readonly unparsed: ReadBatch['unparsed'];
  readonly lines: number;
  readonly bytes: number;
  /** After the batch. */
  readonly time: ArchiveTimeState;
};

export function statsOf({ outcomes, ...counts }: PackedBatch['counts']): ReadBatch['stats'] {
  const stats = newBatchStats();
  Object.assign(stats.outcomes, outcomes);
  return Object.assign(stats, counts);
}
