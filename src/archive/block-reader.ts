import { ByteScanner } from '../core/decode/byte-scanner.ts';
import { NonTransparentFramer, type TakeRecord } from '../core/frame/non-transparent.ts';
import { Sampler } from '../core/read/event-time.ts';
import { type FilteredFrames, FrameCollector } from '../core/read/frame-collector.ts';
import { Prefilter } from '../core/read/prefilter.ts';

/**
 * Splits the blocks of a file into lines and filters them; files follow one another. `receivedAt`: when the file was last
 * changed, in milliseconds.
 */
export class BlockReader {
  readonly #sampler = new Sampler();
  readonly #scanner = new ByteScanner();
  #framer = new NonTransparentFramer(this.#scanner);
  #collector = this.#newCollector();

  block(bytes: Buffer, receivedAt: number): FilteredFrames {
    this.#framer.each(bytes, this.#taker(receivedAt));
    return this.#collector.take();
  }

  /** Call at the end of a file, as its last line may have no delimiter. The next block is of another file. */
  end(receivedAt: number): FilteredFrames {
    this.#framer.last(this.#taker(receivedAt));
    const filtered = this.#collector.take();
    this.#framer = new NonTransparentFramer(this.#scanner);
    this.#collector = this.#newCollector();
    return filtered;
  }

  #newCollector(): FrameCollector {
    return new FrameCollector(new Prefilter(this.#scanner), () => this.#sampler.selectsNext());
  }

  #taker(receivedAt: number): TakeRecord {
    const from = { peer: null, transport: 'file', receivedAt } as const;
    return (bytes, start, end, _framing, truncated) => this.#collector.add(bytes, start, end, truncated, from);
  }
}
