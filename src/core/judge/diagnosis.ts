import type { Advisory } from '../advisory/advisory.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { Incident } from '../model/incident.ts';
import { isOpen } from '../model/incident.ts';
import type { Cause } from '../model/message.ts';

/** Order of causes with equal counts: the cause to repair first stands first. */
const ORDER: readonly Cause[] = ['clock', 'configuration', 'dns', 'network'];

/**
 * The most likely cause of a device's failures at the time `at`: the diagnosis of the open incident, else the cause
 * with the most counter-evidence in the window. Null if there is neither.
 */
export function diagnose(state: DeviceState, at: number, advisory: Advisory): Cause | null {
  // An open incident rests on failures with weight; counter-evidence has no weight and does not overrule them.
  if (isOpen(state.incident)) return diagnoseIncident(state.incident, state);
  let best: Cause | null = null;
  for (const cause of ORDER) {
    const seen = state.counter[cause];
    // A cause that was last seen before the window explains nothing that happens now.
    if (seen === undefined || seen.lastAt <= at - advisory.correlation.windowMs) continue;
    // Only a higher count replaces the best cause, so that ORDER decides between equal counts.
    if (best === null || seen.count > (state.counter[best]?.count ?? 0)) best = cause;
  }
  return best;
}

/**
 * `clock` or `trust`. An unset clock makes every certificate look invalid, so the failures do not show lost trust. A
 * confirmed incident stays `trust`: its evidence was complete while the clock was not unset.
 */
export function diagnoseIncident(incident: Incident, state: DeviceState): Cause {
  return state.clock === 'unset' && incident.confirmedAt === null ? 'clock' : 'trust';
}
