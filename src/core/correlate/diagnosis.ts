import type { Advisory } from '../advisory/advisory.ts';
import type { Incident } from '../incident.ts';
import { isOpen } from '../incident.ts';
import type { Cause } from '../message.ts';
import type { Course } from './course.ts';

/** Where two causes were seen equally often, the one that is mended first comes first. */
const ORDER: readonly Cause[] = ['clock', 'configuration', 'dns', 'network'];

/** What most likely ails a device at a time: `trust` for an open incident, else the counter-evidence of the window. */
export function diagnose(course: Course, at: number, advisory: Advisory): Cause | null {
  if (isOpen(course.incident)) return diagnoseIncident(course.incident, course);
  let best: Cause | null = null;
  for (const cause of ORDER) {
    const seen = course.counter[cause];
    if (seen === undefined || seen.lastAt <= at - advisory.correlation.windowMs) continue;
    if (best === null || seen.count > (course.counter[best]?.count ?? 0)) best = cause;
  }
  return best;
}

/** An unset clock explains what looks like lost trust, as long as nothing confirmed it. */
export function diagnoseIncident(incident: Incident, course: Course): Cause {
  return course.clock === 'unset' && incident.confirmedAt === null ? 'clock' : 'trust';
}
