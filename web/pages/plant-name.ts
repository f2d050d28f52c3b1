/** The plant of devices without one, and figures that pages of plants share. */
import type { PlantGroup } from '../../src/serve/schemas.ts';
import { words } from '../words/later.ts';

/** The API lists devices without a plant under this name. */
export const WITHOUT = 'unknown';

export const isWithout = (name: string): boolean => name === '' || name === WITHOUT;

export const shownPlant = (name: string): string => (isWithout(name) ? words.noPlant : name);

/** Devices with an open incident. */
export function openOf({ conditions }: Pick<PlantGroup, 'conditions'>): number {
  const { suspected, confirmed, stale, suppressed, recovering } = conditions;
  return suspected + confirmed + stale + suppressed + recovering;
}

/** Rounded down: 100 % means all. */
export function percentOf(part: number, all: number): string {
  return all === 0 ? '–' : `${Math.floor((100 * part) / all)}\u00a0%`;
}
