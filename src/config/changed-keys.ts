import { valueAt } from './any-value.ts';
import { type Config, configKeys } from './schema.ts';

/** The service opens these at its start; it uses other values only after a restart. */
const AT_START = [
  ...['data', 'syslog.udp', 'syslog.tcp', 'syslog.tls.listen', 'http.listen', 'log.level'],
  ...['backup.directory', 'backup.keep'],
];

/** The keys whose values differ, by whether a restart is needed to use them. Switching TLS on or off needs one, too. */
export function changedKeys(before: Config, after: Config): { changed: string[]; needsRestart: string[] } {
  const differing = configKeys.filter((key) => textOf(valueAt(before, key)) !== textOf(valueAt(after, key)));
  const switched = ['syslog.tls', 'http.tls'].filter(
    (section) => (valueAt(before, section) === null) !== (valueAt(after, section) === null),
  );
  const waits = (key: string) => AT_START.includes(key) || switched.some((section) => key.startsWith(`${section}.`));
  return { changed: differing.filter((key) => !waits(key)), needsRestart: differing.filter(waits) };
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
