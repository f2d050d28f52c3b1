import { NonTransparentFramer, type TakeRecord } from '../core/frame/non-transparent.ts';
import { Sieve, Sifter, type Sifting } from '../core/sieve.ts';
import { ArchiveTime } from '../core/timekeeper.ts';

/** What is kept of the blocks of an archive, one file after the other; `receivedAt` is when the file ended. */
export class BlockSifter {
  // Which ordinary lines are kept for their time depends on their number alone: it is asked of a time that reads none.
  readonly #time = new ArchiveTime(0, () => 0);
  #framer = new NonTransparentFramer();
  #sifter = this.#newSifter();

  block(bytes: Buffer, receivedAt: number): Sifting {
    this.#framer.each(bytes, this.#taker(receivedAt));
    return this.#sifter.take();
  }

  /** The file has ended: its last line may have no end. The next block is of another file. */
  end(receivedAt: number): Sifting {
    this.#framer.last(this.#taker(receivedAt));
    const sifting = this.#sifter.take();
    this.#framer = new NonTransparentFramer();
    this.#sifter = this.#newSifter();
    return sifting;
  }

  #newSifter(): Sifter {
    return new Sifter(new Sieve(), () => this.#time.wants());
  }

  #taker(receivedAt: number): TakeRecord {
    const from = { peer: null, transport: 'file', receivedAt } as const;
    return (bytes, start, end, _framing, truncated) => this.#sifter.add(bytes, start, end, truncated, from);
  }
}
