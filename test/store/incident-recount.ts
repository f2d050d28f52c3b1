/** What is kept of incidents against what all of them say: facets, days, the columns of each row. */
import { incidentFacets } from '../../src/core/fleet/incident-lists.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { IncidentFacets, ListedIncident } from '../../src/store/ports/incidents.ts';
import type { Store } from '../../src/store/ports/store.ts';

const LAST_DAY = 40_000;

export const isOpenState = (state: string) => state !== 'resolved' && state !== 'closed';

export const allIncidents = (store: Store) => everyRow((after) => store.incidents({ after, limit: 500 }));

/** The facets of these incidents, in the form of the store. */
export function recounted(incidents: readonly ListedIncident[]): IncidentFacets['facets'] {
  const facets = incidentFacets.map((name) => {
    const counts = new Map<string | boolean | null, number>();
    for (const incident of incidents) {
      const value = name === 'acknowledged' ? incident.acknowledged !== null : incident[name];
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts].map(([value, count]) => ({ value, count }));
    values.sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
    return [name, values];
  });
  return Object.fromEntries(facets);
}

/** Where what is kept differs from a recount, in words. */
export async function differencesIn(store: Store): Promise<string[]> {
  const differences: string[] = [];
  const incidents = await allIncidents(store);
  const same = (what: string, kept: unknown, counted: unknown) => {
    if (JSON.stringify(kept) !== JSON.stringify(counted))
      differences.push(`${what}: ${JSON.stringify(kept)} is kept, ${JSON.stringify(counted)} counted`);
  };
  same('facets', await store.incidentFacets({}), { total: incidents.length, facets: recounted(incidents) });
  const open = incidents.filter(({ state }) => isOpenState(state));
  const plants = new Set<string | null | undefined>([undefined, null, ...incidents.map(({ plant }) => plant)]);
  for (const plant of plants) {
    const counted = open.filter((incident) => plant === undefined || incident.plant === plant).length;
    const days = await store.history({ plant, from: 0, to: LAST_DAY });
    same(`open in ${plant}`, days.at(-1)?.open, counted);
    if (days.some((day) => day.open < 0)) differences.push(`${plant}: fewer than no incidents were open`);
  }
  return differences;
}
