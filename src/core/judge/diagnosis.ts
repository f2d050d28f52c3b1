import type { Advisory } from '../advisory/advisory.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { Incident } from '../model/incident.ts';
import { isOpen } from '../model/incident.ts';
import type { Cause } from '../model/message.ts';

/** Where two causes were seen equally often, the one that is mended first comes first. */
const ORDER: readonly Cause[] = ['clock', 'configuration', 'dns', 'network'];

/** What most likely ails a device at a time: `trust` for an open incident, else the counter-evidence of the window. */
export function diagnose(state: DeviceState, at: number, advisory: Advisory): Cause | null {
  if (isOpen(state.incident)) return diagnoseIncident(state.incident, state);
  let best: Cause | null = null;
  for (const cause of ORDER) {
    const seen = state.counter[cause];
    if (seen === undefined || seen.lastAt <= at - advisory.correlation.windowMs) continue;
    if (best === null || seen.count > (state.counter[best]?.count ?? 0)) best = cause;
  }
  return best;
}

/** An unset clock explains what looks like lost trust, as long as nothing confirmed it. */
export function diagnoseIncident(incident: Incident, state: DeviceState): Cause {
  return state.clock === 'unset' && incident.confirmedAt === null ? 'clock' : 'trust';
}
