import type { Evidence } from '../core/correlate/correlate.ts';
import { limits } from '../core/limits.ts';

/** Adds a row; of each mnemonic the first and the last rows stay. The incident itself counts them all. */
export function boundEvidence(rows: Evidence[], row: Evidence): void {
  rows.push(row);
  let same = 0;
  for (const { mnemonic } of rows) if (mnemonic === row.mnemonic) same++;
  if (same <= limits.evidenceFirst + limits.evidenceLast) return;
  let nth = 0;
  const at = rows.findIndex(({ mnemonic }) => mnemonic === row.mnemonic && ++nth > limits.evidenceFirst);
  rows.splice(at, 1);
}
