/** Counts and series of all devices. */
import { bucketOf, type GraceBucket, graceBuckets } from '../../core/fleet/fleet-count.ts';
import type { Device } from '../../core/model/device.ts';
import { page } from '../page.ts';
import type { Counts, Page, PageQuery, SeriesRow } from '../ports/queries.ts';
import type { Projection } from '../projection.ts';
import { compare } from './ordered.ts';

export function deviceCounts(
  devices: Iterable<Device>,
  projection: Projection,
  now: number,
): Omit<Counts, 'incidents'> {
  const conditions = new Map<string, number>();
  const grace = Object.fromEntries(graceBuckets.map((bucket) => [bucket, 0])) as Record<GraceBucket, number>;
  let recoveryHidden = 0;
  for (const device of devices) {
    if (projection.isRecoveryHidden(device)) recoveryHidden++;
    const condition = projection.conditionOf(device);
    conditions.set(condition, (conditions.get(condition) ?? 0) + 1);
    const end = projection.graceOf(device);
    if (end !== null) grace[bucketOf(end.until, now)]++;
  }
  return {
    devices: [...conditions].map(([condition, count]) => ({ condition, count })),
    grace,
    recoveryHidden,
    notCounted: 0,
  };
}

export function seriesPage(
  devices: Iterable<Device>,
  projection: Projection,
  { now, after, limit }: PageQuery & { readonly now: number },
): Page<SeriesRow> {
  const rows: { position: string; row: SeriesRow }[] = [];
  for (const device of devices) {
    const shown = projection.seriesOf(device);
    if (shown === null || (shown.until !== null && shown.until <= now)) continue;
    const { key, lastSeenAt } = device;
    rows.push({ position: `${shown.rank} ${key}`, row: { device: key, lastSeenAt, series: shown.series } });
  }
  const remaining = rows
    .filter(({ position }) => after === undefined || position > after)
    .sort((a, b) => compare(a.position, b.position));
  const { rows: ofPage, next } = page(remaining, limit, ({ position }) => position);
  return { rows: ofPage.map(({ row }) => row), next };
}
