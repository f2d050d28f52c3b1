import { NonTransparentFramer, type TakeRecord } from '../core/frame/non-transparent.ts';
import { Marks } from '../core/marks.ts';
import { Sieve, Sifter, type Sifting } from '../core/sieve.ts';
import { Sampler } from '../core/timekeeper.ts';

/** What is kept of the blocks of an archive, one file after the other; `receivedAt` is when the file ended. */
export class BlockSifter {
  readonly #sampler = new Sampler();
  readonly #marks = new Marks();
  #framer = new NonTransparentFramer(this.#marks);
  #sifter = this.#newSifter();

  block(bytes: Buffer, receivedAt: number): Sifting {
    this.#framer.each(bytes, this.#taker(receivedAt));
    return this.#sifter.take();
  }

  /** The file has ended: its last line may have no end. The next block is of another file. */
  end(receivedAt: number): Sifting {
    this.#framer.last(this.#taker(receivedAt));
    const sifting = this.#sifter.take();
    this.#framer = new NonTransparentFramer(this.#marks);
    this.#sifter = this.#newSifter();
    return sifting;
  }

  #newSifter(): Sifter {
    return new Sifter(new Sieve(this.#marks), () => this.#sampler.wants());
  }

  #taker(receivedAt: number): TakeRecord {
    const from = { peer: null, transport: 'file', receivedAt } as const;
    return (bytes, start, end, _framing, truncated) => this.#sifter.add(bytes, start, end, truncated, from);
  }
}
