import type { Test } from 'tap';

/**
 * As `t.match()`, which accepts more elements of a list than its pattern has, and 0 for ''. Here each list has as many
 * elements as its pattern, and nothing is converted.
 */
export function matchWhole(t: Test, found: unknown, pattern: unknown, why = 'is as the pattern'): void {
  t.matchStrict(found, pattern, why);
  t.strictSame(lengths(found, pattern), lengths(pattern, pattern), `${why}: and nothing else`);
}

/** How long each list of a pattern is in what was found. */
function lengths(found: unknown, pattern: unknown, path = ''): string[] {
  if (typeof pattern !== 'object' || pattern === null) return [];
  const within = Object.entries(pattern).flatMap(([key, inner]) =>
    lengths((found as Record<string, unknown> | null | undefined)?.[key], inner, `${path}.${key}`),
  );
  return Array.isArray(pattern) ? [`${path} has ${(found as unknown[] | undefined)?.length}`, ...within] : within;
}
