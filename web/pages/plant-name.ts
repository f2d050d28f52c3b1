/** The plant of devices without one. */
import { words } from '../words/later.ts';

/** The API lists devices without a plant under this name. */
export const WITHOUT = 'unknown';

export const isWithout = (name: string): boolean => name === '' || name === WITHOUT;

export const shownPlant = (name: string): string => (isWithout(name) ? words.noPlant : name);
