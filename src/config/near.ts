import { distance } from 'fastest-levenshtein';

/**
 * The known name that somebody who wrote this one probably meant: at most 3 letters and a third of the longer name are
 * different. Two letters that changed places are one slip; case, `-` and `_` do not count. Null if no name is so near.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  let found: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const each of known) {
    const [one, other] = [plain(name), plain(each)];
    const slips = isSwapped(one, other) ? 1 : distance(one, other);
    if (slips > Math.min(3, Math.max(one.length, other.length) / 3) || slips >= least) continue;
    [found, least] = [each, slips];
  }
  return found;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** Whether the names differ in two neighbouring letters that changed places. */
function isSwapped(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return at !== -1 && other === `${one.slice(0, at)}${one[at + 1]}${one[at]}${one.slice(at + 2)}`;
}
