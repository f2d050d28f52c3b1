/** The levels of `logging trap`, by their numbers. */
const LEVELS = [
  'emergencies',
  'alerts',
  'critical',
  'errors',
  'warnings',
  'notifications',
  'informational',
  'debugging',
] as const;

/** The number of a level, which may be a number already, or abbreviated; undefined for another word. */
export function levelOf(word: string): number | undefined {
  if (/^[0-7]$/.test(word)) return Number(word);
  const fits = LEVELS.filter((name) => name.startsWith(word.toLowerCase()));
  return fits.length === 1 ? LEVELS.indexOf(fits[0] as (typeof LEVELS)[number]) : undefined;
}
