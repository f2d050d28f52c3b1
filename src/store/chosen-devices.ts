/** The rows of incidents, to those who choose some. */
type Rows = {
  /** A number that grows with each row that is made. */
  readonly made: () => number;
  readonly capacity: number;
  /** The first row of a device, and the next one of the same device; -1 where there is none. */
  readonly first: (device: string) => number;
  readonly next: (row: number) => number;
  /** When this row was made. */
  readonly madeAt: (row: number) => number;
  readonly deviceOf: (row: number) => string;
};

/** Up to so many rows are looked at one by one. */
const FEW = 2000;

/**
 * Devices that were found by their names, as marks on the rows of their incidents: of a whole fleet, a mark is seen ten times as
 * fast as a key is looked up. Rows may come and go while devices are added, in turns of the event loop: the device of a row that
 * was made since is looked up. A new incident of a device whose others all went meanwhile may be left out, as if it came later.
 */
export class ChosenDevices {
  readonly #rows: Rows;
  readonly #since: number;
  readonly #marks: Uint8Array;
  /** The marked rows; null where they are more than a few. */
  #few: number[] | null = [];
  /** Devices without a row that is marked. */
  readonly #others = new Set<string>();

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#since = rows.made();
    this.#marks = new Uint8Array(rows.capacity);
  }

  add(devices: Iterable<string>): void {
    const { first, next, madeAt } = this.#rows;
    for (const device of devices) {
      let isMarked = false;
      for (let row = first(device); row >= 0; row = next(row)) {
        if (madeAt(row) > this.#since) continue;
        this.#mark(row);
        isMarked = true;
      }
      if (!isMarked) this.#others.add(device);
    }
  }

  has(row: number): boolean {
    const { madeAt, deviceOf, first, next } = this.#rows;
    if (madeAt(row) <= this.#since) return this.#marks[row] === 1;
    const device = deviceOf(row);
    if (this.#others.has(device)) return true;
    for (let own = first(device); own >= 0; own = next(own))
      if (madeAt(own) <= this.#since && this.#marks[own] === 1) return true;
    return false;
  }

  /** Every row that may be one of a chosen device; null where that may be any. */
  few(): readonly number[] | null {
    return this.#rows.made() === this.#since ? this.#few : null;
  }

  #mark(row: number): void {
    if (this.#marks[row] === 1) return;
    this.#marks[row] = 1;
    if (this.#few !== null && this.#few.push(row) > FEW) this.#few = null;
  }
}
