/** Concurrent calls share one run of `read`: metrics of one scrape share one query. */
export function singleFlight<T>(read: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | null = null;
  return () => {
    current ??= read().finally(() => {
      current = null;
    });
    return current;
  };
}

/**
 * Wraps readings of the store: concurrent calls share one run, and a failing reading gives null. `onError` is called
 * with the error when the first reading fails, and with null when all readings work again, but not for failures in
 * between.
 */
export function nullWhileFailing(
  onError: (error: unknown) => void,
): <T>(read: () => Promise<T>) => () => Promise<T | null> {
  const failing = new Set<unknown>();
  return (read) =>
    singleFlight(async () => {
      try {
        const value = await read();
        if (failing.delete(read) && failing.size === 0) onError(null);
        return value;
      } catch (error) {
        if (failing.size === 0) onError(error);
        failing.add(read);
        return null;
      }
    });
}
