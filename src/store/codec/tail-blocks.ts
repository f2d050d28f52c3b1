/** Which rows of a tail can stay when the tail changes: usually all of them. */
import type { SignalEvent } from '../../core/model/device-state.ts';
import { limits } from '../../core/model/limits.ts';

/**
 * How a tail is stored. `sizes`: how many signals each of its rows has. `settled`: how many signals of the first row are part
 * of the snapshot already. The signals after the last row are in the device's record.
 */
export type Blocks = { readonly sizes: readonly number[]; readonly settled: number };

/**
 * `first`, `last`: how many rows to delete at either end. `added`: the signals of one new last row. `recent`: the signals of
 * the device's record.
 */
export type TailChange = {
  readonly first: number;
  readonly last: number;
  readonly added: readonly SignalEvent[];
  readonly recent: readonly SignalEvent[];
  readonly blocks: Blocks;
};

/**
 * The change from the tail `stored`, which the file has in these blocks, to the tail `next`. Signals are compared by
 * identity: a signal that was loaded or committed stays the same object. Rows are kept up to the first difference.
 */
export function changeOfTail(
  stored: readonly SignalEvent[],
  { sizes, settled }: Blocks,
  next: readonly SignalEvent[],
): TailChange {
  const found = next[0] === undefined ? -1 : stored.indexOf(next[0]);
  const removed = found === -1 ? stored.length : found;
  let same = 0;
  while (removed + same < stored.length && stored[removed + same] === next[same]) same++;
  let [first, skipped] = [0, settled + removed];
  while (first < sizes.length && skipped >= (sizes[first] as number)) skipped -= sizes[first++] as number;
  // `signals`: how many signals of `next` the rows from `first` to `kept` have.
  let [kept, signals] = [first, -skipped];
  while (kept < sizes.length && signals + (sizes[kept] as number) <= same) signals += sizes[kept++] as number;
  if (kept === first) return { ...newTail(next), first: sizes.length };
  const { added, recent, blocks } = newTail(next.slice(signals));
  const after = { sizes: [...sizes.slice(first, kept), ...blocks.sizes], settled: skipped };
  return { first, last: sizes.length - kept, added, recent, blocks: after };
}

/** The change to a tail of which no row is stored. */
export function newTail(next: readonly SignalEvent[]): TailChange {
  const isBlock = next.length > limits.recentBlock;
  const [added, recent] = isBlock ? [next, []] : [[], next];
  return { first: 0, last: 0, added, recent, blocks: { sizes: isBlock ? [next.length] : [], settled: 0 } };
}
