/** The reading of lines in the thread that filters them. */
import { makeDecoder } from '../core/decode/envelope.ts';
import { ArchiveTime, type ZoneOffset } from '../core/read/event-time.ts';
import { type FilteredFrames, unfiltered } from '../core/read/frame-collector.ts';
import { LinkWatch } from '../core/read/link-watch.ts';
import { ObservationPacker } from '../core/read/packed-observations.ts';
import { BatchReader } from '../pipeline/read-batch.ts';
import type { PackedBatch, ReadingOrder } from './reading.ts';

/** Makes packed batches of filtered blocks, in their order. */
export class BlockBatches {
  readonly #time: ArchiveTime;
  readonly #reader: BatchReader;
  readonly #decode = makeDecoder();
  readonly #packer = new ObservationPacker();

  constructor({ advisory, end, keepsEvidence }: ReadingOrder, zone: ZoneOffset) {
    this.#time = new ArchiveTime(end, zone);
    // Links are noted by sender, and a file has none.
    this.#reader = new BatchReader(advisory, this.#time, keepsEvidence, new LinkWatch());
  }

  beginFile(): void {
    this.#time.beginFile();
  }

  /** `end`: when the file was last changed, in milliseconds. */
  block(filtered: FilteredFrames, end: number): PackedBatch {
    const { frames } = filtered;
    if (frames.length > 0) this.#time.anchor(this.#decode, frames);
    let bytes = 0;
    for (const frame of frames) bytes += frame.end - frame.start;
    return this.#packed(filtered, end, { lines: frames.length, bytes });
  }

  /** What has waited for a second record, once all files are read. */
  end(): PackedBatch {
    return this.#packed(unfiltered([]), this.#time.now, { lines: 0, bytes: 0, end: true });
  }

  #packed(
    filtered: FilteredFrames,
    now: number,
    { end = false, ...size }: Pick<PackedBatch, 'lines' | 'bytes'> & { readonly end?: boolean },
  ): PackedBatch {
    const { stats, observations, unparsed } = this.#reader.read(filtered, now, () => true, { end });
    const { lines, oversize, outcomes, messages, signals, unparsed: reasons } = stats;
    return {
      counts: { lines, oversize, outcomes, messages, signals, unparsed: reasons },
      observations: this.#packer.pack(observations),
      unparsed,
      ...size,
      time: this.#time.state(),
    };
  }
}
