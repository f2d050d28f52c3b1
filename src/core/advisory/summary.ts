import type { Advisory } from './advisory.ts';
import { releaseText } from './release.ts';

/** The advisory without its rules, for programs. */
export function summaryOf({
  id,
  version,
  title,
  notice,
  products,
  servers,
  services,
  exempt,
  remediation,
  revisions,
}: Advisory) {
  return {
    id,
    version,
    title,
    notice,
    revisions,
    products: products.map(({ family, source, releases, ranges, fixed }) => ({
      family,
      source,
      releases: releases.map(releaseText),
      ranges: ranges.map(({ from, to }) => ({ from: releaseText(from), to: releaseText(to) })),
      fixed: fixed.map(releaseText),
    })),
    servers,
    services,
    exempt,
    remediation,
  };
}
