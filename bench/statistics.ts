export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that `part` of the values do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new Error('there is nothing to take a quantile of');
  return value;
}
