import type { Gap } from '../../core/loss/gaps.ts';

/** Lines that were lost, as gaps of time: the newest `limits.gapRows`. Whose they are is found when they are asked for. */
export interface GapStore {
  /** A gap right behind the last one of its source makes that one longer, up to an hour. */
  add(gaps: readonly Gap[]): Promise<void>;
}
