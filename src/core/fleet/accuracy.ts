/** How often the diagnosis of an incident and the disposition of a person agree. */

import type { DispositionCount } from '../model/disposition.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { UNKNOWN } from '../model/inventory.ts';
import { limits } from '../model/limits.ts';

/** Incidents with a disposition, and those of them where it is the diagnosis. */
type Agreement = { readonly total: number; readonly agreed: number };

export type Accuracy = Agreement & {
  /** A row of the confusion table: what the incidents with this diagnosis really were. */
  readonly byDiagnosis: readonly (Agreement & {
    readonly diagnosis: string;
    readonly dispositions: readonly { readonly hypothesis: HypothesisName; readonly count: number }[];
  })[];
  readonly byRelease: readonly (Agreement & { readonly release: string })[];
};

/** The diagnosis of incidents for which no hypothesis has led. */
const NONE = 'none';
/** Counts together the releases beyond `limits.fleetGroups`. */
const OTHERS = 'others';

/** Each list has the largest counts first. `most`: how many releases are counted on their own, the most frequent ones. */
export function accuracyOf(counts: readonly DispositionCount[], most: number = limits.fleetGroups): Accuracy {
  const byDiagnosis = grouped(counts, ({ diagnosis }) => diagnosis ?? NONE);
  const byRelease = grouped(counts, ({ release }) => release ?? UNKNOWN);
  const rare = byRelease.splice(most).flatMap(([, rows]) => rows);
  return {
    ...agreementIn(counts),
    byDiagnosis: byDiagnosis.map(([diagnosis, rows]) => ({
      diagnosis,
      ...agreementIn(rows),
      dispositions: grouped(rows, ({ hypothesis }) => hypothesis).map(([hypothesis, same]) => ({
        hypothesis,
        count: agreementIn(same).total,
      })),
    })),
    byRelease: [...byRelease, ...(rare.length > 0 ? [[OTHERS, rare] as const] : [])].map(([release, rows]) => ({
      release,
      ...agreementIn(rows),
    })),
  };
}

function agreementIn(counts: readonly DispositionCount[]): Agreement {
  let [total, agreed] = [0, 0];
  for (const { hypothesis, diagnosis, count } of counts) {
    total += count;
    if (hypothesis === diagnosis) agreed += count;
  }
  return { total, agreed };
}

/** The rows by a key, the key with the most incidents first. */
function grouped<K extends string>(
  counts: readonly DispositionCount[],
  keyOf: (row: DispositionCount) => K,
): [K, readonly DispositionCount[]][] {
  const totalOf = ([, rows]: [K, readonly DispositionCount[]]) => agreementIn(rows).total;
  return [...Map.groupBy(counts, keyOf)].sort((a, b) => totalOf(b) - totalOf(a) || (a[0] < b[0] ? -1 : 1));
}
