import type { Source } from './source.ts';

/**
 * Sources in the order of insertion, linked through the sources themselves: a Map whose oldest key is deleted again and
 * again has to skip the holes of the deleted keys.
 */
export class SourceQueue {
  oldest: Source | null = null;
  size = 0;
  #newest: Source | null = null;

  push(source: Source): void {
    source.older = this.#newest;
    source.newer = null;
    if (this.#newest === null) this.oldest = source;
    else this.#newest.newer = source;
    this.#newest = source;
    this.size++;
  }

  remove(source: Source): void {
    if (source.older === null) this.oldest = source.newer;
    else source.older.newer = source.newer;
    if (source.newer === null) this.#newest = source.older;
    else source.newer.older = source.older;
    source.older = null;
    source.newer = null;
    this.size--;
  }

  *[Symbol.iterator](): Iterator<Source> {
    for (let source = this.oldest; source !== null; source = source.newer) yield source;
  }
}
