import { valueAt } from './any-value.ts';
import { type Config, configKeys } from './schema.ts';

/** The service opens these at its start; it uses other values only after a restart. */
export const keysOfStart: readonly string[] = [
  ...['data', 'syslog.udp', 'syslog.tcp', 'syslog.tls.listen', 'http.listen', 'log.level'],
  ...['backup.directory', 'backup.keep'],
];

/** The keys whose values differ, by whether a restart is needed to use them. A switched TLS listener needs one, too. */
export function changedKeys(before: Config, after: Config): { changed: string[]; needsRestart: string[] } {
  const differing = configKeys.filter((key) => textOf(valueAt(before, key)) !== textOf(valueAt(after, key)));
  const isSwitched = (before.syslog.tls === null) !== (after.syslog.tls === null);
  const waits = (key: string) => keysOfStart.includes(key) || (isSwitched && key.startsWith('syslog.tls.'));
  return { changed: differing.filter((key) => !waits(key)), needsRestart: differing.filter(waits) };
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
