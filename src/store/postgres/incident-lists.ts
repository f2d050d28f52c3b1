/** Questions about all incidents, answered by the server. */
import { type IncidentFacet, type IncidentSort, incidentFacets } from '../../core/fleet/incident-lists.ts';
import type { Severity } from '../../core/model/incident.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import type {
  DueByDay,
  IncidentFacets,
  IncidentFilter,
  IncidentKey,
  IncidentQuery,
  OpenSeverities,
} from '../ports/incidents.ts';
import type { Counts } from '../ports/queries.ts';
import { namedFrom } from './names.ts';
import type { Session } from './session.ts';

const DAY_MS = 86_400_000;
const GRAVITY = "CASE severity WHEN 'critical' THEN 2 WHEN 'major' THEN 1 ELSE 0 END";
const ACKNOWLEDGED = '(acknowledged_at IS NOT NULL)';
/** No repair is missing of incidents in these states. */
const REPAIRED = "('resolved', 'closed', 'recovering', 'suppressed')";
const PAST = "('resolved', 'closed', 'recovering')";

/** What rows are ordered by before their devices and ordinals, the smallest first; a time that is not known is last. */
const ORDERS: Readonly<Record<IncidentSort, { readonly by: readonly string[]; readonly device: 'ASC' | 'DESC' }>> = {
  openedAt: { by: ['opened_at'], device: 'ASC' },
  '-openedAt': { by: ['-opened_at'], device: 'DESC' },
  changedAt: { by: ['changed_at'], device: 'ASC' },
  '-changedAt': { by: ['-changed_at'], device: 'DESC' },
  graceUntil: { by: ["coalesce(grace_until, 'infinity')"], device: 'ASC' },
  '-graceUntil': { by: ["coalesce(-grace_until, 'infinity')"], device: 'DESC' },
  device: { by: [], device: 'ASC' },
  '-device': { by: [], device: 'DESC' },
  severity: { by: [`(${GRAVITY})::float8`, 'opened_at'], device: 'ASC' },
  '-severity': { by: [`-(${GRAVITY})::float8`, '-opened_at'], device: 'ASC' },
};

type Found = IncidentKey & { readonly parts: (number | null)[] };

/** The conditions of a filter, and their values. `facets`: with those on facets. */
class Conditions {
  readonly values: unknown[] = [];
  readonly #all: string[] = [];

  constructor(filter: IncidentFilter, { facets = true } = {}) {
    if (facets)
      for (const name of incidentFacets) {
        if (name === 'acknowledged') continue;
        const wanted = filter[name];
        if (wanted === undefined) continue;
        const list: readonly (string | null)[] = Array.isArray(wanted) ? wanted : [wanted as string | null];
        const isNull = list.includes(null) ? ` OR ${name} IS NULL` : '';
        this.add(
          (n) => `(${name} = ANY($${n})${isNull})`,
          list.filter((value) => value !== null),
        );
      }
    if (facets && filter.acknowledged !== undefined)
      this.add((n) => `${ACKNOWLEDGED} = $${n}::boolean`, filter.acknowledged);
    const { device, openedAfter, openedBefore, changedAfter, graceBefore, about } = filter;
    if (device !== undefined) this.add((n) => `device = ANY($${n})`, Array.isArray(device) ? device : [device]);
    if (openedAfter !== undefined) this.add((n) => `opened_at >= $${n}`, openedAfter);
    if (openedBefore !== undefined) this.add((n) => `opened_at < $${n}`, openedBefore);
    if (changedAfter !== undefined) this.add((n) => `changed_at >= $${n}`, changedAfter);
    if (graceBefore !== undefined) this.add((n) => `grace_until < $${n}`, graceBefore);
    if (about === undefined) return;
    const { names, incident } = about;
    this.values.push(incident?.device ?? null, incident?.ordinal ?? null);
    const one = this.values.length - 1;
    this.add((n) => `(${namedFrom(n)} OR (device = $${one}::text AND ordinal = $${one + 1}::int4))`, names);
  }

  add(condition: (n: number) => string, value: unknown): void {
    this.values.push(value);
    this.#all.push(condition(this.values.length));
  }

  get where(): string {
    return this.#all.length === 0 ? 'true' : this.#all.join(' AND ');
  }
}

/** At most `limit` keys after a position, in this order, with their positions. One row more shows that there is a next page. */
export async function pageOfKeys(
  session: Session,
  { sort = 'openedAt', after, limit, ...filter }: IncidentQuery,
): Promise<{ keys: IncidentKey[]; next: string | null }> {
  const conditions = new Conditions(filter);
  const { by, device } = ORDERS[sort];
  const start = after === undefined ? null : readPosition(after, by.length);
  const keys = device === 'ASC' ? '(device, ordinal) > ' : '(device, ordinal) < ';
  if (start !== null) {
    const at = conditions.values.length;
    conditions.values.push(...start);
    const numbers = by.map((_, part) => `$${at + part + 1}::float8`).join(', ');
    const rest = `${keys}($${at + by.length + 1}::text, $${at + by.length + 2}::int4)`;
    const list = by.join(', ');
    conditions.add(
      (n) =>
        by.length === 0
          ? `(${rest}) = $${n}::boolean`
          : `((ROW(${list}) > ROW(${numbers})) OR (ROW(${list}) = ROW(${numbers}) AND ${rest})) = $${n}::boolean`,
      true,
    );
  }
  conditions.values.push(limit + 1);
  const rows = await session.rows<Found>(
    `SELECT device, ordinal, ARRAY[${by.join(', ')}]::float8[] AS parts FROM incident WHERE ${conditions.where}
     ORDER BY ${[...by, `device ${device}`, `ordinal ${device}`].join(', ')} LIMIT $${conditions.values.length}`,
    ...conditions.values,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { keys: shown, next: last !== undefined && rows.length > limit ? positionOf(last) : null };
}

/** How many incidents meet the filter, and which; null where they are more than `most`. */
export async function keysOf(session: Session, filter: IncidentFilter, most: number) {
  const { where, values } = new Conditions(filter);
  const sql = `SELECT device, ordinal, count(*) OVER () AS count FROM incident WHERE ${where} LIMIT ${most + 1}`;
  const rows = await session.rows<IncidentKey & { count: number }>(sql, ...values);
  const count = rows[0]?.count ?? 0;
  return { count, keys: count > most ? null : rows.map(({ device, ordinal }) => ({ device, ordinal })) };
}

export async function facetsOf(session: Session, filter: IncidentFilter): Promise<IncidentFacets> {
  const { where, values } = new Conditions(filter, { facets: false });
  type Value = string | boolean | null;
  const columns = incidentFacets.map((name) => (name === 'acknowledged' ? `${ACKNOWLEDGED} AS ${name}` : name));
  const cells = await session.rows<Record<IncidentFacet, Value> & { count: number }>(
    `SELECT ${columns.join(', ')}, count(*) AS count FROM incident WHERE ${where}
     GROUP BY ${incidentFacets.map((_, at) => at + 1).join(', ')}`,
    ...values,
  );
  const counts = Object.fromEntries(incidentFacets.map((name) => [name, new Map<Value, number>()]));
  let total = 0;
  for (const { count, ...cell } of cells) {
    // A cell counts for a facet if no other facet's condition refuses it.
    const refusedBy = incidentFacets.filter((name) => !allows(filter[name], cell[name]));
    if (refusedBy.length > 1) continue;
    if (refusedBy.length === 0) total += count;
    for (const name of refusedBy.length === 0 ? incidentFacets : refusedBy)
      counts[name]?.set(cell[name], (counts[name].get(cell[name]) ?? 0) + count);
  }
  const facets = incidentFacets.map((name) => [
    name,
    [...(counts[name] ?? [])]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1)),
  ]);
  return { total, facets: Object.fromEntries(facets) };
}

/** All incidents by state and severity, in the order of these. */
export async function countsOf(session: Session): Promise<Counts['incidents']> {
  return session.rows(
    'SELECT state, severity, count(*) AS count FROM incident GROUP BY state, severity ORDER BY state, severity',
  );
}

/** Open incidents that do not recover, by plant (`UNKNOWN`: none) and severity. */
export async function openByPlant(session: Session): Promise<ReadonlyMap<string, OpenSeverities>> {
  const rows = await session.rows<{ plant: string | null; severity: Severity; count: number }>(
    `SELECT plant, severity, count(*) AS count FROM incident WHERE state NOT IN ${PAST} GROUP BY plant, severity`,
  );
  const found = new Map<string, Record<Severity, number>>();
  for (const { plant, severity, count } of rows) {
    const open = found.get(plant ?? UNKNOWN) ?? { critical: 0, major: 0, warning: 0 };
    open[severity] += count;
    found.set(plant ?? UNKNOWN, open);
  }
  return found;
}

/** Open incidents that have to be repaired, by the days from `now` until their grace periods end; at most `days` of them. */
export async function dueByDay(session: Session, filter: IncidentFilter, now: number, days: number): Promise<DueByDay> {
  const { where, values } = new Conditions(filter);
  const rows = await session.rows<{ day: number | null; count: number }>(
    `SELECT CASE WHEN grace_until IS NOT NULL
         THEN greatest(0, ceil((grace_until - $${values.length + 1}::float8) / ${DAY_MS})) END AS day, count(*) AS count
     FROM (SELECT * FROM incident WHERE state NOT IN ${REPAIRED}) AS incident
     WHERE ${where} GROUP BY 1`,
    ...[...values, now],
  );
  const byDay = new Array<number>(days + 1).fill(0);
  let [later, unknown] = [0, 0];
  for (const { day, count } of rows) {
    if (day === null) unknown += count;
    else if (day > days) later += count;
    else byDay[day] = (byDay[day] ?? 0) + count;
  }
  return { byDay, later, unknown };
}

function allows(wanted: unknown, value: unknown): boolean {
  if (wanted === undefined) return true;
  return Array.isArray(wanted) ? wanted.includes(value) : wanted === value;
}

/** JSON has no infinity, which stands for a time that is not known. */
function positionOf({ parts, device, ordinal }: Found): string {
  return JSON.stringify([...parts.map((part) => (Number.isFinite(part) ? part : null)), device, ordinal]);
}

/** What is no position of this order is the beginning of the list: null. */
function readPosition(text: string, parts: number): unknown[] | null {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(values) || values.length !== parts + 2) return null;
  const [device, ordinal] = values.slice(parts);
  const isInteger = Number.isInteger(ordinal) && Math.abs(ordinal) < 2 ** 31;
  if (typeof device !== 'string' || device.includes('\0') || !isInteger) return null;
  const numbers = values.slice(0, parts).map((value) => (typeof value === 'number' ? value : 'infinity'));
  return [...numbers, device, ordinal];
}
