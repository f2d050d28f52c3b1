/** The parameters by which incidents are chosen, and what they ask of the store. */
import { type Static, Type } from 'typebox';
import { hypotheses } from '../core/model/hypothesis.ts';
import { incidentStates, parseIncidentId, severities } from '../core/model/incident.ts';
import { limits } from '../core/model/limits.ts';
import { aliasesMeant, aliasOf, aliasOfSerial, keyMeant } from '../core/model/names.ts';
import type { IncidentFilter } from '../store/ports/incidents.ts';
import { listOf } from './paging.ts';
import { RouteError } from './problems.ts';
import type { Serving } from './serving.ts';
import { incidentValuesMeant, UNKNOWN_MEANS } from './unknown-values.ts';

const name = Type.String({ maxLength: limits.inventoryCell });
const named = (what: string) => Type.Optional(listOf(name, { description: `${what}; ${UNKNOWN_MEANS}` }));
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }));

/** All of them must be met; of several values of one, one must be the incident's. */
export const incidentFilters = {
  state: Type.Optional(
    listOf(Type.Enum([...incidentStates, 'open']), { description: 'open: neither resolved nor closed' }),
  ),
  severity: Type.Optional(listOf(Type.Enum([...severities]))),
  plant: named('of the inventory'),
  product: named('the product family of the advisory, else the product id'),
  release: named('of the device while the incident was open'),
  diagnosis: Type.Optional(
    listOf(Type.Enum([...hypotheses, '']), { description: 'an empty value: incidents that no hypothesis leads' }),
  ),
  device: Type.Optional(Type.String({ maxLength: 512, description: 'any name of the device' })),
  acknowledged: Type.Optional(Type.Boolean()),
  openedAfter: time('opened then or later'),
  openedBefore: time('opened earlier'),
  changedAfter: time('changed then or later, by the clock of the service: see changedAt'),
  graceBefore: time('open, and the grace period ends earlier; of one without a known end: at the latest'),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'an id, or the beginning of any name, serial number or address of the device',
    }),
  ),
};

const filters = Type.Object(incidentFilters, { additionalProperties: false });
export type IncidentFilters = Static<typeof filters>;

/** The filter of the store. */
export async function filterOf(
  { state, severity, plant, product, release, diagnosis, device, acknowledged, q, ...times }: IncidentFilters,
  { store, engine }: Pick<Serving, 'store' | 'engine'>,
): Promise<IncidentFilter> {
  return {
    state: state?.flatMap((each) => (each === 'open' ? incidentStates.filter(isOpen) : each)),
    severity,
    plant: plant?.flatMap(incidentValuesMeant),
    product: product?.flatMap(incidentValuesMeant),
    release: release?.flatMap(incidentValuesMeant),
    diagnosis: diagnosis?.map((each) => each || null),
    device: device === undefined ? undefined : keyMeant(device, await store.aliases(aliasesMeant(device))),
    acknowledged,
    openedAfter: instantOf('openedAfter', times.openedAfter),
    openedBefore: instantOf('openedBefore', times.openedBefore),
    changedAfter: instantOf('changedAfter', times.changedAfter),
    graceBefore: instantOf('graceBefore', times.graceBefore),
    about: q === undefined ? undefined : aboutOf(q, engine().advisory.prefix),
  };
}

/** Whose incidents a text is about: names that begin with it, and the incident with this id, or its device. */
export function aboutOf(q: string, prefix: string): NonNullable<IncidentFilter['about']> {
  const text = q.trim() || q;
  const start = `${prefix}-`;
  const within = text.toLowerCase().startsWith(start.toLowerCase()) ? text.slice(start.length) : null;
  const starts = [text, ...(within === null || within === '' ? [] : [within])];
  return {
    names: starts.flatMap((each) => [aliasOf(each), aliasOfSerial(each)]),
    incident: within === null ? null : parseIncidentId(prefix, `${start}${within}`),
  };
}

function isOpen(state: string): boolean {
  return state !== 'resolved' && state !== 'closed';
}

/** Milliseconds. */
function instantOf(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new RouteError(400, `the parameter ${parameter} must be a time that there is, as in RFC 3339`);
  return at;
}
