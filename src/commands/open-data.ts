import { advisoryOf } from '../config/advisory-file.ts';
import { loadConfig } from '../config/load.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { routesOf } from '../notify/sinks.ts';
import { Operations } from '../operate/operations.ts';
import { openStore, requireStore } from '../store/open-store.ts';
import type { Store } from '../store/ports/store.ts';
import { projectionOf } from '../store/projection.ts';

type Opened = {
  readonly store: Store;
  readonly advisory: Advisory;
  readonly operations: Operations;
  /** The names of the configured sinks that get notices. */
  readonly sinks: readonly string[];
};

/**
 * Opens the database of a configuration for a command that writes to it, and closes the database afterwards. A service
 * may use the database at the same time: each commit decides on the states as they are stored. `create`: create the data
 * directory and the database if they do not exist; else that is `QVW_FILE_UNREADABLE`.
 */
export async function operating<T>(
  options: { config?: string; data?: string },
  run: (opened: Opened) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const flags: Record<string, string> = options.data === undefined ? {} : { data: options.data };
  const config = loadConfig({ file: options.config, environment: process.env, flags });
  if (!create) await requireStore(config.data);
  const advisory = await advisoryOf(config);
  const routes = routesOf(config.sinks, advisory);
  const store = await openStore(config.data, projectionOf(advisory), 'write');
  try {
    return await run({
      store,
      advisory,
      sinks: routes.map(({ sink }) => sink),
      // A running service polls the outbox, so nobody has to be woken here.
      operations: new Operations({ store, advisory, routes, now: Date.now, onCommit: () => {} }),
    });
  } finally {
    await store.close();
  }
}
