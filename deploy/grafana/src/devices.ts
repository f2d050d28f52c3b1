/** PromQL about the series of `/metrics/devices`. */
import { type GraceBucket, graceBounds } from '../../../src/core/fleet/fleet-count.ts';
import { series } from './promql.ts';

/** What has an open incident that means something: those of offline licensing (suppressed) do not. */
const OPEN = 'suspected|confirmed|recovering|stale';
export const OPEN_STATES = `state=~"${OPEN}"`;
export const OPEN_CONDITIONS = `condition=~"${OPEN}"`;
/** Those for which a grace period runs. */
export const FAILING = `condition=~"watching|${OPEN}"`;

const JOIN = 'on (job, instance, device)';
const FACTS = 'plant, product, release, condition, severity';

/** One series for each device, also where its condition has just changed and the old one is not stale yet. */
export function facts(...matchers: readonly string[]): string {
  return `topk by (job, instance, device) (1, ${series('quovadis_device_info', ...matchers)})`;
}

/** A value of devices, with their facts as labels; those that the matchers leave out are left out. */
export function withFacts(expr: string, ...matchers: readonly string[]): string {
  return `(${expr}) * ${JOIN} group_left (${FACTS}) ${facts(...matchers)}`;
}

export const GRACE_END = series('quovadis_device_grace_until_timestamp_seconds');
export const GRACE_BOUND = series('quovadis_device_grace_until_at_most_timestamp_seconds');

/** The end of every grace period, with the label `end` saying whether it is known or only bounded. */
export const ANY_GRACE_END = [
  `label_replace(${GRACE_END}, "end", "known", "", "")`,
  `label_replace(${GRACE_BOUND}, "end", "at the latest", "", "")`,
].join(' or ');

/** How many of these devices are in a bucket of `quovadis_grace_devices`, counted from their own series. */
export function graceCount(bucket: GraceBucket, ...matchers: readonly string[]): string {
  if (bucket === 'bounded') return `count(${withFacts(GRACE_BOUND, ...matchers)})`;
  const bounded = graceBounds.findIndex((bound) => bound.bucket === bucket);
  // `longer` begins where the last bound is, and has none itself.
  const at = bounded === -1 ? graceBounds.length : bounded;
  const limit = (operator: string, bound?: { below: number }) => (bound ? ` ${operator} ${bound.below / 1000}` : '');
  const left = `${withFacts(GRACE_END, ...matchers)} - time()`;
  return `count(${left}${limit('>=', graceBounds[at - 1])}${limit('<', graceBounds[at])})`;
}
