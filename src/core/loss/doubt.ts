/** When the ledger gives up a series: no number is better than a wrong one. */
import { lossLimits } from './loss-limits.ts';
import type { Series } from './series.ts';

/** Adds `weight` contradictions, after subtracting one for each `forgiveMs` since the last: a device may restart. */
export function doubt(state: Series, weight: number, at: number): void {
  const forgiven = Math.max(0, Math.floor((at - state.doubtAt) / lossLimits.forgiveMs));
  state.doubts = Math.max(0, state.doubts - forgiven) + weight;
  state.doubtAt = at;
}

/**
 * Whether to give up the series; sets the reason in `why`. Changes between the run and the candidate run count only
 * until one of the two is dropped.
 */
export function reasonToGiveUp(state: Series): boolean {
  if (state.doubts + (state.candidate?.changes ?? 0) > lossLimits.doubts) state.why = 'interleaved';
  else if (state.strides >= lossLimits.strides) state.why = 'stride';
  return state.why !== null;
}
