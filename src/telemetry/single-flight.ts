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
 * Makes shared readings of the store that give null while the store cannot be read. `onError` is called with the error
 * when the first of them fails, and with null when all of them work again; not for failures in between.
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
