/**
 * What incidents are found, ordered and counted by, in memory, a column for each: any filter in any order takes milliseconds of
 * 100,000 incidents, which no set of indexes in a database gives. A row takes some 150 bytes.
 */
import { type IncidentFacet, type IncidentSort, incidentFacets } from '../core/fleet/incident-lists.ts';
import type { Severity } from '../core/model/incident.ts';
import { UNKNOWN } from '../core/model/inventory.ts';
import { ChosenDevices } from './chosen-devices.ts';
import { DistinctTexts } from './distinct-texts.ts';
import { comparison, positionText, readPosition } from './incident-order.ts';
import type {
  DueByDay,
  FacetCount,
  IncidentFacets,
  IncidentFilter,
  IncidentKey,
  OpenSeverities,
  Values,
} from './ports/incidents.ts';
import { Smallest } from './smallest.ts';

/** The columns of one incident. Times: milliseconds. */
export type IncidentRow = IncidentKey & {
  readonly state: string;
  readonly severity: string;
  readonly plant: string | null;
  readonly product: string | null;
  readonly release: string | null;
  readonly diagnosis: string | null;
  readonly acknowledged: boolean;
  readonly openedAt: number;
  readonly changedAt: number;
  /** The end of the grace period or its upper bound; null where none is known, and of an incident that is over. */
  readonly graceUntil: number | null;
};

/** `devices`: those that `about` of the filter has found, by `chosen()`; absent where it asks for nothing. */
export type FoundIncidents = { readonly filter: IncidentFilter; readonly devices?: ChosenDevices };

export type PageOfKeys = {
  readonly rows: readonly (IncidentKey & { readonly position: string })[];
  readonly next: string | null;
};

const DAY_MS = 86_400_000;
const GRAVITY: Readonly<Record<string, number>> = { warning: 0, major: 1, critical: 2 };
/** The end of a chain of incidents of one device. */
const NONE = -1;
/** No repair is missing of incidents in these states. */
const OVER = new Set(['resolved', 'closed']);
const REPAIRED = new Set([...OVER, 'recovering', 'suppressed']);
const PAST = new Set([...OVER, 'recovering']);

export class IncidentColumns {
  #size = 0;
  readonly #free: number[] = [];
  readonly #devices: (string | null)[] = [];
  #ordinals = new Uint32Array(0);
  #openedAt = new Float64Array(0);
  #changedAt = new Float64Array(0);
  /** NaN: none. */
  #graceUntil = new Float64Array(0);
  #gravity = new Uint8Array(0);
  /** When a row was made, as a number that grows with each. */
  #madeAt = new Float64Array(0);
  #made = 0;
  /** The next incident of the same device. */
  #chain = new Int32Array(0);
  readonly #first = new Map<string, number>();
  readonly #texts = Object.fromEntries(incidentFacets.map((name) => [name, new DistinctTexts()])) as Readonly<
    Record<IncidentFacet, DistinctTexts>
  >;

  get size(): number {
    return this.#size - this.#free.length;
  }

  put(row: IncidentRow): void {
    const { device, ordinal } = row;
    let at = this.#find(device, ordinal);
    const isNew = at === NONE;
    if (isNew) at = this.#add(device, ordinal);
    this.#openedAt[at] = row.openedAt;
    this.#changedAt[at] = row.changedAt;
    this.#graceUntil[at] = row.graceUntil ?? Number.NaN;
    this.#gravity[at] = GRAVITY[row.severity] ?? 0;
    for (const name of incidentFacets) {
      const value = name === 'acknowledged' ? String(row.acknowledged) : row[name];
      this.#texts[name].set(at, value);
    }
  }

  remove(device: string, ordinal: number): void {
    const at = this.#find(device, ordinal);
    if (at === NONE) return;
    const first = this.#first.get(device);
    const next = this.#chain[at] as number;
    if (first === at) {
      if (next === NONE) this.#first.delete(device);
      else this.#first.set(device, next);
    } else {
      let before = first as number;
      while (this.#chain[before] !== at) before = this.#chain[before] as number;
      this.#chain[before] = next;
    }
    for (const name of incidentFacets) this.#texts[name].clear(at);
    this.#devices[at] = null;
    this.#free.push(at);
  }

  /** The ordinals of the incidents of a device, in no particular order. */
  ordinalsOf(device: string): number[] {
    return this.#of(device).map((at) => this.#ordinals[at] as number);
  }

  /** Removes the incidents of a device up to an ordinal. */
  removeUpTo(device: string, last: number): void {
    for (const at of this.#of(device))
      if ((this.#ordinals[at] as number) <= last) this.remove(device, this.#ordinals[at] as number);
  }

  /** For the devices that are chosen by their names. */
  chosen(): ChosenDevices {
    return new ChosenDevices({
      made: () => this.#made,
      capacity: this.#size,
      first: (device) => this.#first.get(device) ?? NONE,
      next: (row) => this.#chain[row] as number,
      madeAt: (row) => this.#madeAt[row] as number,
      deviceOf: (row) => this.#devices[row] as string,
    });
  }

  /** At most `limit` rows after a position, in this order. Throws nothing, whatever the position is. */
  page({ filter, devices }: FoundIncidents, sort: IncidentSort, after: string | undefined, limit: number): PageOfKeys {
    const order = comparison(sort, {
      ...{
        openedAt: this.#openedAt,
        changedAt: this.#changedAt,
        graceUntil: this.#graceUntil,
        severity: this.#gravity,
      },
      ...{ devices: this.#devices, ordinals: this.#ordinals },
    });
    const start = after === undefined ? null : readPosition(after, order.parts);
    const best = new Smallest(limit + 1, order.compare);
    const isWanted = this.#matching({ filter, ...(devices && { devices }) });
    this.#each(filter, devices, (at) => {
      if (isWanted(at) && (start === null || order.compareTo(at, start) > 0)) best.add(at);
    });
    const found = best.sorted();
    const rows = found.slice(0, limit).map((at) => ({
      device: this.#devices[at] as string,
      ordinal: this.#ordinals[at] as number,
      position: positionText(order.valuesOf(at)),
    }));
    return { rows, next: found.length > limit ? (rows.at(-1)?.position ?? null) : null };
  }

  /** How many incidents meet the filter, and which; null where they are more than `most`. */
  keys(found: FoundIncidents, most: number): { count: number; keys: IncidentKey[] | null } {
    const isWanted = this.#matching(found);
    const keys: IncidentKey[] = [];
    let count = 0;
    this.#each(found.filter, found.devices, (at) => {
      if (!isWanted(at)) return;
      if (++count <= most) keys.push({ device: this.#devices[at] as string, ordinal: this.#ordinals[at] as number });
    });
    return { count, keys: count > most ? null : keys };
  }

  facets({ filter, devices }: FoundIncidents): IncidentFacets {
    const checks = this.#checks(filter);
    const isWanted = this.#matching({ filter: withoutFacets(filter), ...(devices && { devices }) });
    const counts = incidentFacets.map((name) => new Uint32Array(this.#texts[name].size));
    const codes = incidentFacets.map((name) => this.#texts[name].codes);
    let total = 0;
    this.#each(filter, devices, (at) => {
      if (!isWanted(at)) return;
      // A row counts for a facet if no other facet's condition refuses it.
      let refusedBy = NONE;
      for (const { facet, column, allowed } of checks) {
        if (allowed[column[at] as number] === 1) continue;
        if (refusedBy !== NONE) return;
        refusedBy = facet;
      }
      if (refusedBy !== NONE) {
        increment(counts[refusedBy] as Uint32Array, (codes[refusedBy] as Uint32Array)[at] as number);
        return;
      }
      total++;
      for (let facet = 0; facet < counts.length; facet++)
        increment(counts[facet] as Uint32Array, (codes[facet] as Uint32Array)[at] as number);
    });
    const facets = incidentFacets.map((name, facet) => [name, this.#counted(name, counts[facet] as Uint32Array)]);
    return { total, facets: Object.fromEntries(facets) };
  }

  /** All incidents by state and severity, in the order of these. */
  counts(): { state: string; severity: string; count: number }[] {
    const { state, severity } = this.#texts;
    const counts = new Uint32Array(state.size * severity.size);
    const [states, severities] = [state.codes, severity.codes];
    for (let at = 0; at < this.#size; at++) {
      if (this.#devices[at] === null) continue;
      increment(counts, (states[at] as number) * severity.size + (severities[at] as number));
    }
    return [...counts]
      .map((count, cell) => ({
        state: state.text(Math.floor(cell / severity.size)) ?? '',
        severity: severity.text(cell % severity.size) ?? '',
        count,
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => (`${a.state} ${a.severity}` < `${b.state} ${b.severity}` ? -1 : 1));
  }

  /** Open incidents that do not recover, by plant (`UNKNOWN`: none) and severity. */
  openByPlant(): ReadonlyMap<string, OpenSeverities> {
    const { state, severity, plant } = this.#texts;
    const isPast = state.allowed(PAST);
    const [states, gravities, plants] = [state.codes, severity.codes, plant.codes];
    const counts = new Uint32Array(plant.size * severity.size);
    for (let at = 0; at < this.#size; at++) {
      if (this.#devices[at] === null || isPast[states[at] as number] === 1) continue;
      increment(counts, (plants[at] as number) * severity.size + (gravities[at] as number));
    }
    const found = new Map<string, Record<Severity, number>>();
    for (const [cell, count] of counts.entries()) {
      if (count === 0) continue;
      const name = plant.text(Math.floor(cell / severity.size)) ?? UNKNOWN;
      const open = found.get(name) ?? { critical: 0, major: 0, warning: 0 };
      open[severity.text(cell % severity.size) as Severity] += count;
      found.set(name, open);
    }
    return found;
  }

  /** Open incidents that have to be repaired, by the days from `now` until their grace periods end; at most `days` of them. */
  dueByDay(found: FoundIncidents, now: number, days: number): DueByDay {
    const isWanted = this.#matching(found);
    const byDay = new Array<number>(days + 1).fill(0);
    let [later, unknown] = [0, 0];
    const repaired = this.#texts.state.allowed(REPAIRED);
    const states = this.#texts.state.codes;
    this.#each(found.filter, found.devices, (at) => {
      if (repaired[states[at] as number] === 1 || !isWanted(at)) return;
      const until = this.#graceUntil[at] as number;
      if (Number.isNaN(until)) {
        unknown++;
        return;
      }
      const day = Math.max(0, Math.ceil((until - now) / DAY_MS));
      if (day > days) later++;
      else byDay[day] = (byDay[day] ?? 0) + 1;
    });
    return { byDay, later, unknown };
  }

  #counted(name: IncidentFacet, counts: Uint32Array): FacetCount[] {
    const texts = this.#texts[name];
    const found: FacetCount[] = [];
    for (const [code, count] of counts.entries()) {
      const value = texts.text(code);
      if (count > 0) found.push({ value: name === 'acknowledged' ? value === 'true' : value, count });
    }
    return found.sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
  }

  /** The conditions on facets: the codes of which a row must have one. */
  #checks(filter: IncidentFilter): { facet: number; column: Uint32Array; allowed: Uint8Array }[] {
    return incidentFacets.flatMap((name, facet) => {
      const wanted = name === 'acknowledged' ? acknowledgedText(filter.acknowledged) : filter[name];
      if (wanted === undefined) return [];
      const texts = this.#texts[name];
      return { facet, column: texts.codes, allowed: texts.allowed(valuesOf(wanted)) };
    });
  }

  #matching({ filter, devices }: FoundIncidents): (at: number) => boolean {
    const checks = this.#checks(filter);
    const { openedAfter = -Infinity, openedBefore = Infinity, changedAfter = -Infinity } = filter;
    const { graceBefore } = filter;
    const own = filter.device === undefined ? null : new Set(valuesOf(filter.device));
    const one = filter.about?.incident ?? null;
    return (at) => {
      for (const { column, allowed } of checks) if (allowed[column[at] as number] !== 1) return false;
      const openedAt = this.#openedAt[at] as number;
      if (openedAt < openedAfter || openedAt >= openedBefore) return false;
      if ((this.#changedAt[at] as number) < changedAfter) return false;
      // Without an end it is NaN, which is not before anything.
      if (graceBefore !== undefined && !((this.#graceUntil[at] as number) < graceBefore)) return false;
      const device = this.#devices[at] as string;
      if (own !== null && !own.has(device)) return false;
      if (filter.about === undefined || devices?.has(at) === true) return true;
      return one !== null && one.device === device && one.ordinal === this.#ordinals[at];
    };
  }

  /** Calls back for each row that may meet the filter: those of few devices are found by these. */
  #each(filter: IncidentFilter, devices: ChosenDevices | undefined, call: (at: number) => void): void {
    const few = this.#few(filter, devices);
    if (few === null) {
      for (let at = 0; at < this.#size; at++) if (this.#devices[at] !== null) call(at);
      return;
    }
    for (const at of few) if (this.#devices[at] !== null) call(at);
  }

  /** The rows that may meet the filter; null for all. */
  #few(filter: IncidentFilter, devices: ChosenDevices | undefined): Iterable<number> | null {
    if (filter.device !== undefined) {
      const named = new Set(valuesOf(filter.device));
      return named.size * 8 > this.#size ? null : [...named].flatMap((device) => this.#of(device));
    }
    if (filter.about === undefined || devices === undefined) return null;
    const [few, one] = [devices.few(), filter.about.incident];
    return few === null || one === null ? few : new Set([...few, ...this.#of(one.device)]);
  }

  #of(device: string): number[] {
    const found: number[] = [];
    for (let at = this.#first.get(device) ?? NONE; at !== NONE; at = this.#chain[at] as number) found.push(at);
    return found;
  }

  #find(device: string, ordinal: number): number {
    let at = this.#first.get(device) ?? NONE;
    while (at !== NONE && this.#ordinals[at] !== ordinal) at = this.#chain[at] as number;
    return at;
  }

  #add(device: string, ordinal: number): number {
    const at = this.#free.pop() ?? this.#size++;
    if (at >= this.#ordinals.length) this.#grow();
    this.#devices[at] = device;
    this.#ordinals[at] = ordinal;
    this.#madeAt[at] = ++this.#made;
    this.#chain[at] = this.#first.get(device) ?? NONE;
    this.#first.set(device, at);
    return at;
  }

  #grow(): void {
    const length = Math.max(1024, this.#ordinals.length * 2);
    this.#ordinals = grown(this.#ordinals, new Uint32Array(length));
    this.#madeAt = grown(this.#madeAt, new Float64Array(length));
    this.#openedAt = grown(this.#openedAt, new Float64Array(length));
    this.#changedAt = grown(this.#changedAt, new Float64Array(length));
    this.#graceUntil = grown(this.#graceUntil, new Float64Array(length));
    this.#gravity = grown(this.#gravity, new Uint8Array(length));
    this.#chain = grown(this.#chain, new Int32Array(length));
    for (const name of incidentFacets) this.#texts[name].grow(length);
  }
}

function increment(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}

function grown<T extends Uint8Array | Uint32Array | Float64Array | Int32Array>(before: T, after: T): T {
  after.set(before);
  return after;
}

function valuesOf<T>(values: Values<T>): readonly T[] {
  return Array.isArray(values) ? values : [values as T];
}

function acknowledgedText(acknowledged: boolean | undefined): string | undefined {
  return acknowledged === undefined ? undefined : String(acknowledged);
}

/** The filter without its conditions on facets. */
function withoutFacets(filter: IncidentFilter): IncidentFilter {
  return { ...filter, ...Object.fromEntries(incidentFacets.map((name) => [name, undefined])) };
}
