import { valueAt } from './any-value.ts';
import { securedPaths } from './certificates.ts';
import { type Config, configKeys } from './schema.ts';

/** The service opens these at its start; it uses other values only after a restart. */
export const keysOfStart: readonly string[] = [
  ...[
    'data',
    'store',
    'instance',
    'syslog.udp',
    'syslog.tcp',
    'syslog.tls.listen',
    'syslog.relp.listen',
    'http.listen',
    'http.probe',
  ],
  ...['log.level', 'log.format', 'backup.directory', 'backup.keep'],
];

/** The keys whose values differ, by whether a restart is needed to use them. What is switched needs one, too: TLS, RELP, TLS of RELP. */
export function changedKeys(before: Config, after: Config): { changed: string[]; needsRestart: string[] } {
  const differing = configKeys.filter((key) => textOf(valueAt(before, key)) !== textOf(valueAt(after, key)));
  const switched = securedPaths.filter((path) => isSecured(before, path) !== isSecured(after, path));
  const waits = (key: string) => keysOfStart.includes(key) || switched.some((path) => key.startsWith(`${path}.`));
  return { changed: differing.filter((key) => !waits(key)), needsRestart: differing.filter(waits) };
}

/** Whether a listener is there and speaks TLS. */
function isSecured(config: Config, path: string): boolean {
  return typeof valueAt(config, `${path}.cert`) === 'string';
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
