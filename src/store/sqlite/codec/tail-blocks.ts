/** Which rows of a tail stay when it becomes another one: mostly all of them. */
import type { SignalEvent } from '../../../core/model/device-state.ts';
import { limits } from '../../../core/model/limits.ts';

/**
 * How a tail lies in the file: how many signals each of its rows has, and how many of the first one are settled already.
 * The signals behind those lie in the device's record.
 */
export type Blocks = { readonly sizes: readonly number[]; readonly settled: number };

/** `first`, `last`: how many rows go at either end; `added`: a new last one; `recent`: what is left for the record. */
export type TailChange = {
  readonly first: number;
  readonly last: number;
  readonly added: readonly SignalEvent[];
  readonly recent: readonly SignalEvent[];
  readonly blocks: Blocks;
};

/**
 * From the tail that is stored in `blocks` to the next one. Signals are the same where they are the same object: what
 * was loaded and what was committed. Rows stay up to the first difference.
 */
export function changeOfTail(
  stored: readonly SignalEvent[],
  { sizes, settled }: Blocks,
  next: readonly SignalEvent[],
): TailChange {
  const found = next[0] === undefined ? -1 : stored.indexOf(next[0]);
  const gone = found === -1 ? stored.length : found;
  let same = 0;
  while (gone + same < stored.length && stored[gone + same] === next[same]) same++;
  let [first, skipped] = [0, settled + gone];
  while (first < sizes.length && skipped >= (sizes[first] as number)) skipped -= sizes[first++] as number;
  let [kept, held] = [first, -skipped];
  while (kept < sizes.length && held + (sizes[kept] as number) <= same) held += sizes[kept++] as number;
  if (kept === first) return { ...newTail(next), first: sizes.length };
  const { added, recent, blocks } = newTail(next.slice(held));
  const left = { sizes: [...sizes.slice(first, kept), ...blocks.sizes], settled: skipped };
  return { first, last: sizes.length - kept, added, recent, blocks: left };
}

/** Of a tail of which no row is there yet. */
export function newTail(next: readonly SignalEvent[]): TailChange {
  const isBlock = next.length > limits.recentBlock;
  const [added, recent] = isBlock ? [next, []] : [[], next];
  return { first: 0, last: 0, added, recent, blocks: { sizes: isBlock ? [next.length] : [], settled: 0 } };
}
