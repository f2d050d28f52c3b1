import { incidentId, parseIncidentId } from '../core/model/incident.ts';
import type { StoreQueries } from '../store/ports/queries.ts';

/**
 * Where an incident went: it has another id, or it was withdrawn at this time, in milliseconds of event time, or it was too
 * old to be kept.
 */
export type WhereItWent = { readonly movedTo: string } | { readonly withdrawn: number } | { readonly deleted: true };

/** Where the incident with this id went; null if it is there, or if nothing is known of it. `prefix`: of the ids. */
export async function whereItWent(
  store: Pick<StoreQueries, 'gone' | 'load'>,
  prefix: string,
  id: string,
): Promise<WhereItWent | null> {
  const named = parseIncidentId(prefix, id);
  if (named === null) return null;
  const gone = await store.gone(named.device, named.ordinal);
  if (gone === null) {
    // The numbers of a device's incidents are never used again.
    const last = (await store.load([named.device])).get(named.device)?.state.ordinal ?? 0;
    return named.ordinal >= 1 && named.ordinal <= last ? { deleted: true } : null;
  }
  if ('withdrawn' in gone) return gone;
  return { movedTo: incidentId(prefix, gone.movedTo.device, gone.movedTo.ordinal) };
}

export function goneText(id: string, where: WhereItWent): string {
  if ('movedTo' in where) return `${id} is ${where.movedTo} now: two names turned out to be one device`;
  if ('deleted' in where) return `${id} is no longer kept: it ended too long ago, or its device has had too many since`;
  const at = new Date(where.withdrawn).toISOString();
  return `${id} was withdrawn at ${at}, by a late line or because its device was judged anew`;
}
