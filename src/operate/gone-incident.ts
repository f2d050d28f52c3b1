import { incidentId, parseIncidentId } from '../core/model/incident.ts';
import type { StoreQueries } from '../store/ports/queries.ts';

/** Where an incident went: it has another id, or it was withdrawn at this time, in milliseconds of event time. */
export type WhereItWent = { readonly movedTo: string } | { readonly withdrawn: number };

/** Where the incident with this id went; null if it is there, or if nothing is known of it. `prefix`: of the ids. */
export async function whereItWent(
  store: Pick<StoreQueries, 'gone'>,
  prefix: string,
  id: string,
): Promise<WhereItWent | null> {
  const named = parseIncidentId(prefix, id);
  const gone = named === null ? null : await store.gone(named.device, named.ordinal);
  if (gone === null || 'withdrawn' in gone) return gone;
  return { movedTo: incidentId(prefix, gone.movedTo.device, gone.movedTo.ordinal) };
}

export function goneText(id: string, where: WhereItWent): string {
  if ('movedTo' in where) return `${id} is ${where.movedTo} now: two names turned out to be one device`;
  const at = new Date(where.withdrawn).toISOString();
  return `${id} was withdrawn at ${at}, by a late line or because its device was judged anew`;
}
