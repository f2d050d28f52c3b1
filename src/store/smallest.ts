/** The smallest of many rows: a heap with the largest of them at its root, which a smaller one replaces. */
export class Smallest {
  readonly #most: number;
  readonly #compare: (a: number, b: number) => number;
  readonly #heap: number[] = [];

  /** `most`: how many rows are kept. */
  constructor(most: number, compare: (a: number, b: number) => number) {
    this.#most = most;
    this.#compare = compare;
  }

  add(row: number): void {
    const heap = this.#heap;
    if (heap.length < this.#most) {
      heap.push(row);
      this.#up(heap.length - 1);
    } else if (this.#compare(row, heap[0] as number) < 0) {
      heap[0] = row;
      this.#down(0);
    }
  }

  sorted(): number[] {
    return [...this.#heap].sort(this.#compare);
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#ordered(above, at)) return;
      this.#swap(above, at);
      at = above;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let largest = at;
      if (left < this.#heap.length && !this.#ordered(largest, left)) largest = left;
      if (right < this.#heap.length && !this.#ordered(largest, right)) largest = right;
      if (largest === at) return;
      this.#swap(at, largest);
      at = largest;
    }
  }

  /** Whether the row at `a` is not smaller than the one at `b`. */
  #ordered(a: number, b: number): boolean {
    return this.#compare(this.#heap[a] as number, this.#heap[b] as number) >= 0;
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b] as number, this.#heap[a] as number];
  }
}
