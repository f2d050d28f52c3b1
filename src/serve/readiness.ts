import { OperatingError } from '../errors.ts';
import type { Store } from '../store/ports/store.ts';
import type { Log } from '../telemetry/log.ts';

/** How long the service is not ready after it has dropped lines, in milliseconds. */
const AFTER_DROPS_MS = 10_000;
/** How often the log has the same failure of the store again, in milliseconds. */
const SAME_FAILURE_MS = 60_000;

/** The state behind GET /readyz: whether lines can be stored, whether stored devices are brought
 * over to this version, and whether the queue has room. */
export type Readiness = {
  /** A commit failed with this error, and is tried again; null: commits work again. Both are logged. */
  onStoreError(error: Error | null): void;
  /** Tracked lines were dropped because the queue was full. */
  onDropped(): void;
  /** Lines of new devices were refused, because their sender had made too many. */
  onNewDevicesRefused(): void;
  /** How far stored devices are brought over, as a sentence for people; null: all of them are. */
  onMigration(progress: string | null): void;
  /** Why the service is not ready, as a sentence for people; null while it is ready. */
  problem(): Promise<string | null>;
};

/** `now`: milliseconds. `watches`: other reasons why the service is not ready, as sentences for people. */
export function makeReadiness(
  store: Pick<Store, 'ping'>,
  log: Log,
  now: () => number,
  watches: readonly (() => string | null)[] = [],
): Readiness {
  let storeError: Error | null = null;
  const [logCommits, logAnswers] = [makeFailureLog(log, now), makeFailureLog(log, now)];
  let migration: string | null = null;
  let droppedAt = Number.NEGATIVE_INFINITY;
  let refusedAt = Number.NEGATIVE_INFINITY;
  return {
    onStoreError: (error) => {
      storeError = error;
      if (error === null) log.info('the store can commit again');
      logCommits(error, 'the store cannot commit; trying again');
    },
    onDropped: () => {
      droppedAt = now();
    },
    onNewDevicesRefused: () => {
      refusedAt = now();
    },
    onMigration: (progress) => {
      migration = progress;
    },
    problem: async () => {
      try {
        await store.ping();
        logAnswers(null, '');
      } catch (error) {
        logAnswers(error, 'the store does not answer');
        return `the store does not answer${reasonOf(error)}`;
      }
      if (storeError !== null)
        return `lines cannot be stored at the moment${reasonOf(storeError)}; see the log of the service`;
      if (migration !== null) return migration;
      if (now() - refusedAt < AFTER_DROPS_MS)
        return 'a sender names too many new devices: their lines are dropped and counted, see GET /api/v1/losses';
      if (now() - droppedAt < AFTER_DROPS_MS) return 'the queue is full: tracked lines are dropped and counted';
      for (const watch of watches) {
        const found = watch();
        if (found !== null) return found;
      }
      return null;
    },
  };
}

/** Logs a failure that goes on once a minute, and at once where it is another one. Null: there is none. */
function makeFailureLog(log: Log, now: () => number): (error: unknown, what: string) => void {
  let last = { text: '', at: 0 };
  return (error, what) => {
    const text = error === null ? '' : reasonOf(error) || `${error}`;
    if (text === '' || text !== last.text || now() - last.at >= SAME_FAILURE_MS) {
      last = { text, at: now() };
      if (text !== '') log.error({ err: error }, what);
    }
  };
}

function reasonOf(error: unknown): string {
  return error instanceof OperatingError && error.reason !== null ? `: ${error.reason}` : '';
}
