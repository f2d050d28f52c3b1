import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';

/** The service is not ready for so long after it dropped lines. */
const AFTER_DROPS_MS = 10_000;

/** What GET /readyz asks: whether lines can be stored, and whether the queue has room for them. */
export type Readiness = {
  /** A commit failed; null: commits work again. */
  onStoreError(error: Error | null): void;
  /** Tracked lines were dropped because the queue was full. */
  onDropped(): void;
  /** Why the service is not ready, as a sentence for people; null while it is ready. */
  problem(): Promise<string | null>;
};

/** `now`: milliseconds. */
export function makeReadiness(store: Pick<Store, 'ping'>, log: Log, now: () => number): Readiness {
  let storeError: Error | null = null;
  let droppedAt = Number.NEGATIVE_INFINITY;
  return {
    onStoreError: (error) => {
      storeError = error;
    },
    onDropped: () => {
      droppedAt = now();
    },
    problem: async () => {
      try {
        await store.ping();
      } catch (error) {
        log.error({ err: error }, 'the store does not answer');
        return 'the store does not answer';
      }
      if (storeError !== null) return 'lines cannot be stored just now; see the log of the service';
      const dropping = now() - droppedAt < AFTER_DROPS_MS;
      return dropping ? 'too many lines wait: lines of ours are dropped, and counted' : null;
    },
  };
}
