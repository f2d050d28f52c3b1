/** Looks at what gauges show: those that are read together share one. */
export function singleFlight<T>(look: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | null = null;
  return () => {
    current ??= look().finally(() => {
      current = null;
    });
    return current;
  };
}

/**
 * Shared looks at the store that give null while it cannot be read. `troubled` is told at the beginning of an outage, and
 * with null at its end, however many of the looks fail how often.
 */
export function nullWhileFailing(
  troubled: (error: unknown) => void,
): <T>(look: () => Promise<T>) => () => Promise<T | null> {
  const failing = new Set<unknown>();
  return (look) =>
    singleFlight(async () => {
      try {
        const seen = await look();
        if (failing.delete(look) && failing.size === 0) troubled(null);
        return seen;
      } catch (error) {
        if (failing.size === 0) troubled(error);
        failing.add(look);
        return null;
      }
    });
}
