/** When a series is given up: rather no number than a wrong one. */
import { lossLimits } from './loss-limits.ts';
import type { Series } from './series.ts';

/** Contradictions are forgiven one by one as time goes by: a device may restart now and then. */
export function doubt(state: Series, weight: number, at: number): void {
  const forgiven = Math.max(0, Math.floor((at - state.doubtAt) / lossLimits.forgiveMs));
  state.doubts = Math.max(0, state.doubts - forgiven) + weight;
  state.doubtAt = at;
}

/** Says so in `why`, too. Changes between two runs count only as long as it is open which of them is right. */
export function reasonToGiveUp(state: Series): boolean {
  if (state.doubts + (state.candidate?.changes ?? 0) > lossLimits.doubts) state.why = 'interleaved';
  else if (state.strides >= lossLimits.strides) state.why = 'stride';
  return state.why !== null;
}
