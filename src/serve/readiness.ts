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

/** Logs each kind of failure once a minute, until one is null: there is none. Several hosts may fail in turns, each by its own kind. */
function makeFailureLog(log: Log, now: () => number): (error: unknown, what: string) => void {
  const loggedAt = new Map<string, number>();
  return (error, what) => {
    if (error === null) {
      loggedAt.clear();
      return;
    }
    const kind = reasonOf(error) || `${error}`;
    if (now() - (loggedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < SAME_FAILURE_MS) return;
    loggedAt.set(kind, now());
    log.error({ err: error }, what);
  };
}

function reasonOf(error: unknown): string {
  return error instanceof OperatingError && error.reason !== null ? `: ${error.reason}` : '';
}
