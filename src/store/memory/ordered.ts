/** The order of strings by their UTF-16 units, which for the keys of devices is the one of SQLite. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Index of the first item behind the position `after` in a list that is ordered by position. */
export function indexAfter<T>(list: readonly T[], after: string | undefined, positionOf: (item: T) => string): number {
  if (after === undefined) return 0;
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (positionOf(list[middle] as T) > after) to = middle;
    else from = middle + 1;
  }
  return from;
}
