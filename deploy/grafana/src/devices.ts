/** PromQL about the series of `/metrics/devices`. */
import { type GraceBucket, graceBounds } from '../../../src/core/fleet/fleet-count.ts';
import { ofStore } from './promql.ts';

/** Open incidents that need action: without those of offline licensing (suppressed). */
const OPEN = 'suspected|confirmed|recovering|stale';
export const OPEN_STATES = `state=~"${OPEN}"`;
export const OPEN_CONDITIONS = `condition=~"${OPEN}"`;
/** Devices with a running grace period. */
export const FAILING = `condition=~"watching|${OPEN}"`;

const JOIN = 'on (job, store, instance, device)';
const FACTS = 'plant, product, release, condition, severity';

/** One series for each device, also if its condition has just changed and the old series is not stale yet. */
export function facts(...matchers: readonly string[]): string {
  return `topk by (job, store, instance, device) (1, ${ofStore('quovadis_device_info', matchers)})`;
}

/** A value of devices with their facts as labels, for devices that match. */
export function withFacts(expr: string, ...matchers: readonly string[]): string {
  return `(${expr}) * ${JOIN} group_left (${FACTS}) ${facts(...matchers)}`;
}

export const GRACE_END = ofStore('quovadis_device_grace_until_timestamp_seconds');
export const GRACE_BOUND = ofStore('quovadis_device_grace_until_at_most_timestamp_seconds');

/** The end of every grace period. The label `end` has `known`, or `at the latest` for an upper bound. */
export const ANY_GRACE_END = [
  `label_replace(${GRACE_END}, "end", "known", "", "")`,
  `label_replace(${GRACE_BOUND}, "end", "at the latest", "", "")`,
].join(' or ');

/** The number of these devices in a bucket of `quovadis_grace_devices`, counted from the series of the devices. */
export function graceCount(bucket: GraceBucket, ...matchers: readonly string[]): string {
  if (bucket === 'bounded') return `count(${withFacts(GRACE_BOUND, ...matchers)})`;
  const bounded = graceBounds.findIndex((bound) => bound.bucket === bucket);
  // `longer` begins at the last bound, and has no upper bound.
  const at = bounded === -1 ? graceBounds.length : bounded;
  const limit = (operator: string, bound?: { below: number }) => (bound ? ` ${operator} ${bound.below / 1000}` : '');
  const left = `${withFacts(GRACE_END, ...matchers)} - time()`;
  return `count(${left}${limit('>=', graceBounds[at - 1])}${limit('<', graceBounds[at])})`;
}
