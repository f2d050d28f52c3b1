import { changedKeys, keysOfStart } from './config/changed-keys.ts';
import type { Config } from './config/schema.ts';
import { shownConfig } from './config/shown-config.ts';
import { limits } from './core/model/limits.ts';
import { descriptorLimit } from './descriptor-room.ts';
import type { ReloadState } from './reloading.ts';
import type { About } from './serve/serving.ts';
import { version } from './version.ts';

type Facts = {
  /** What the service was started with, and what was read last. */
  readonly start: Config;
  readonly config: Config;
  readonly startedAt: number;
  readonly reload: ReloadState;
  readonly listening: About['listening'];
  readonly heapLimitBytes: number;
};

/** What a service says of itself. A key that needs a restart has the value that is in use, not the one that was read last. */
export function aboutOf({ start, config, startedAt, reload, listening, heapLimitBytes }: Facts): About {
  const { needsRestart } = changedKeys(start, config);
  const [former, current] = [shownConfig(start), shownConfig(config)];
  const keys = new Set([...Object.keys(former), ...Object.keys(current)]);
  const configuration = Object.fromEntries(
    Array.from(keys, (key) => [key, (needsRestart.includes(key) ? former : current)[key]]).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    ...{ version, node: process.version, startedAt, listening, configuration, needsRestart },
    reload: { ...reload, changed: [...reload.changed] },
    keysOfStart: [...keysOfStart],
    limits: { ...limits },
    process: { heapLimitBytes, fileDescriptors: descriptorLimit() },
  };
}
