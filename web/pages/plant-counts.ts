/** Figures of a plant, for the first view, too. */
import type { PlantGroup } from '../../src/serve/schemas.ts';

/** Devices with an open incident. */
export function openOf({ conditions }: Pick<PlantGroup, 'conditions'>): number {
  const { suspected, confirmed, stale, suppressed, recovering } = conditions;
  return suspected + confirmed + stale + suppressed + recovering;
}

/** Rounded down: 100 % means all. */
export function percentOf(part: number, all: number): string {
  return all === 0 ? '–' : `${Math.floor((100 * part) / all)}\u00a0%`;
}
