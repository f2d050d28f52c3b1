/** A configuration as people may see it: without anything that is, or may contain, a secret. */
import type { SinkSettings } from '../notify/sinks.ts';
import { isTree, valueAt } from './any-value.ts';
import { isSecret } from './form.ts';
import { type Config, configKeys } from './schema.ts';
import { formAt } from './settings.ts';

/** The texts of a sink that say nothing secret. */
const PLAIN = new Set(['kind', 'name']);

/** The value of each key, by its path; a section that is off has none. */
export function shownConfig(config: Config): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const key of configKeys) {
    const value = valueAt(config, key);
    if (value === undefined) continue;
    if (key === 'sinks') shown[key] = config.sinks.map(shownSink);
    // Of lists of secrets only how many there are.
    else shown[key] = isSecret(formAt(key)) ? countOf(value) : withoutLogin(value);
  }
  return shown;
}

/** Addresses may carry a secret in their path or query: only scheme and host are shown. Other texts are not shown at all. */
function shownSink(sink: SinkSettings): Record<string, unknown> {
  return Object.fromEntries(Object.entries(sink).map(([key, value]) => [key, shownValue(key, value)]));
}

function shownValue(key: string, value: unknown): unknown {
  if (key === 'only' || PLAIN.has(key)) return value;
  if (key === 'url') return originOf(value);
  if (key === 'urls' && Array.isArray(value)) return value.map(originOf);
  if (isTree(value)) return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, shownValue(name, of)]));
  return typeof value === 'string' || Array.isArray(value) ? countOf(value) : value;
}

function countOf(value: unknown): string {
  const count = Array.isArray(value) ? value.length : value === null ? 0 : 1;
  return count === 0 ? 'none' : `${count} set`;
}

function originOf(value: unknown): string {
  const text = String(value);
  if (!URL.canParse(text)) return countOf(text);
  const { protocol, host, pathname, search } = new URL(text);
  return `${protocol}//${host}${pathname === '/' && search === '' ? '' : '/…'}`;
}

/** A URL without user and password; anything else as it is. */
function withoutLogin(value: unknown): unknown {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.username === '' && url.password === '') return value;
  url.username = '';
  url.password = '';
  return url.href;
}
