import { createHash } from 'node:crypto';
import type { Advisory } from '../core/advisory/advisory.ts';
import { judgedBy } from '../core/correlate/judged-by.ts';

/** Half of this many digits in hexadecimal are bytes: two advisories by chance alike are not to be feared. */
const DIGITS = 12;
const SEPARATOR = ', ';
/** What of an advisory decides. Its other keys are texts, and lists for people: a version may mend them beside the one before. */
const DECIDING = [
  'graceMs',
  'criticalBelowMs',
  'families',
  'counts',
  'thresholds',
  'noWayOut',
  'clockOffMs',
  'visibility',
  'points',
  'causes',
  'otherwise',
  'signals',
  'endedBy',
  'otherServices',
  'peers',
  'hosts',
  'products',
  'defaultNames',
  'exempt',
] as const satisfies readonly (keyof Advisory)[];

/**
 * All by which a process judges, as a text for people: `quovadis-root-ca-2 version 2, rules 2, content 5f1c09ab73e2, window 48h, …`.
 * Two processes with the same text decide the same on the same lines.
 */
export function judgmentOf(advisory: Advisory): string {
  const content = Object.fromEntries(DECIDING.map((key) => [key, advisory[key]]));
  const durations = Object.entries(advisory.correlation).map(([key, ms]) => `${key.replace(/Ms$/, '')} ${shown(ms)}`);
  return [judgedBy(advisory), `content ${digestOf(content)}`, ...durations].join(SEPARATOR);
}

/** What two such texts do not share, for a sentence; all of one that has nothing else. */
export function differenceOf(a: string, b: string): readonly [ofA: string, ofB: string] {
  const [left, right] = [a.split(SEPARATOR), b.split(SEPARATOR)];
  const only = (parts: string[], others: string[]) => parts.filter((part) => !others.includes(part)).join(SEPARATOR);
  return [only(left, right) || a, only(right, left) || b];
}

function digestOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content, plain)).digest('hex').slice(0, DIGITS);
}

/** JSON has no maps, sets and patterns. */
function plain(_: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  return value instanceof RegExp ? String(value) : value;
}

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** As in a configuration: the largest unit that fits. */
function shown(ms: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, size]) => ms > 0 && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
