/** The graph of the grace that failing devices have left. */
import { type GraceBucket, graceBuckets } from '../../../src/core/fleet/fleet-count.ts';
import { graph, type PanelInRow } from './panels.ts';
import { nameOfGrace } from './words.ts';

/** `count`: the expression for the number of devices in a bucket. */
export function burnDown(description: string, count: (left: GraceBucket) => string): PanelInRow {
  return graph({
    title: 'Grace burn-down',
    description,
    unit: 'short',
    width: 24,
    height: 10,
    legend: 'right',
    queries: graceBuckets.map((left) => ({ expr: count(left), legend: nameOfGrace[left].name })),
    stacked: true,
    colors: Object.fromEntries(Object.values(nameOfGrace).map(({ name, color }) => [name, color])),
  });
}
