import type { Gap } from '../../core/loss/gaps.ts';
import { continuesGap, type GapSources, isOfSources } from '../gap-rows.ts';
import type { GapStore } from '../ports/gaps.ts';

/** Gaps of lost lines, in the order in which they were stored. */
export class MemoryGaps implements GapStore {
  readonly #most: number;
  #rows: (Gap & { readonly id: number })[] = [];
  #last = 0;

  /** `most`: how many rows there may be; beyond it the oldest are deleted. */
  constructor(most: number) {
    this.#most = most;
  }

  async add(gaps: readonly Gap[]): Promise<void> {
    for (const gap of gaps) {
      const at = this.#rows.findLastIndex(({ peer, name }) => peer === gap.peer && name === gap.name);
      const last = this.#rows[at];
      if (last === undefined || !continuesGap(last, gap)) this.#rows.push({ ...gap, id: ++this.#last });
      else {
        const joined = { to: Math.max(last.to, gap.to), lost: last.lost + gap.lost, atMost: last.atMost || gap.atMost };
        this.#rows[at] = { ...last, ...joined };
      }
    }
    this.#rows.splice(0, this.#rows.length - this.#most);
  }

  /** Those of a device whose end is not before `from` and not after `to`. */
  happened(sources: GapSources, { from, to }: { readonly from: number; readonly to: number }) {
    return this.#rows
      .filter((row) => isOfSources(row, sources) && row.to >= from && row.to <= to)
      .map(({ id, ...gap }) => ({ id, row: { at: gap.to, kind: 'gap' as const, gap } }));
  }

  forget(sources: GapSources): void {
    this.#rows = this.#rows.filter((row) => !isOfSources(row, sources));
  }
}
