/** Decides by the tables of an advisory whether a release of a product is affected. */
import type { ProductFamily } from './advisory.ts';
import { compareReleases, type Release, releaseText, sameTrain } from './release.ts';

export type AffectedVerdict = {
  readonly product: string;
  readonly release: string;
  readonly status: 'affected' | 'fixed' | 'unknown';
  /** The product family that matches the product. */
  readonly family: string | null;
  /** The field notice with the table. */
  readonly source: string | null;
  /** The row of the notice that determines the status. */
  readonly because: string;
  /** The nearest release with the fix; null if no upgrade is needed, or none is known. */
  readonly fixedIn: string | null;
};

/** The first family whose pattern matches a product id. */
function familyOf(product: string, families: readonly ProductFamily[]): ProductFamily | null {
  return families.find(({ pid }) => pid.test(product)) ?? null;
}

export function affected(product: string, release: Release, families: readonly ProductFamily[]): AffectedVerdict {
  const family = familyOf(product, families);
  const asked = { product, release: releaseText(release) };
  if (family === null) {
    return {
      ...asked,
      status: 'unknown',
      family: null,
      source: null,
      because: 'no table names the product',
      fixedIn: null,
    };
  }
  const found = { ...asked, family: family.family, source: family.source };
  const nearest = family.fixed.find((fixed) => compareReleases(fixed, release) > 0) ?? null;
  const fixedIn = nearest === null ? null : releaseText(nearest);
  if (family.releases.some((listed) => compareReleases(listed, release) === 0)) {
    return {
      ...found,
      status: 'affected',
      because: `release ${asked.release} is listed for ${family.family}`,
      fixedIn,
    };
  }
  const fix = fixOf(release, family);
  if (fix !== null) {
    return { ...found, status: 'fixed', because: `releases ${releaseText(fix)} or later have the fix`, fixedIn: null };
  }
  const range = family.ranges.find(({ from, to }) => within(release, from, to));
  if (range !== undefined) {
    const because = `releases ${releaseText(range.from)} to ${releaseText(range.to)} are affected`;
    return { ...found, status: 'affected', because, fixedIn };
  }
  if (family.earlierAffected) {
    return { ...found, status: 'affected', because: `all releases before ${fixedIn} need the workaround`, fixedIn };
  }
  return { ...found, status: 'unknown', because: `no row names release ${asked.release}`, fixedIn };
}

/** The fixed release that a release includes: of its own train, or the last fixed release; null if none. */
function fixOf(release: Release, { fixed }: ProductFamily): Release | null {
  const last = fixed.at(-1);
  const includes = (fix: Release) => compareReleases(release, fix) >= 0 && (fix === last || sameTrain(release, fix));
  return fixed.find(includes) ?? null;
}

function within(release: Release, from: Release, to: Release): boolean {
  return compareReleases(from, release) <= 0 && compareReleases(release, to) <= 0;
}
