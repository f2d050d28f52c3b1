import { FacetCount, type Facets } from '../../core/fleet/facets.ts';
import { type Fleet, FleetCount, type Group } from '../../core/fleet/fleet-count.ts';
import { facetNames, facetValue, type Member, type MemberSort } from '../../core/fleet/member.ts';
import { weekOf } from '../../core/fleet/weeks.ts';
import { type FleetContext, type FleetMember, fleetContextOf } from '../../core/judge/fleet-context.ts';
import type { Device } from '../../core/model/device.ts';
import { UNKNOWN } from '../../core/model/inventory.ts';
import { page } from '../page.ts';
import type { GraceWeeks, MemberFilter, MemberQuery } from '../ports/fleet.ts';
import type { Page, PageQuery } from '../ports/queries.ts';
import {
  readTimedPosition,
  readUrgentPosition,
  timedPositionText,
  type UrgentPosition,
  urgentPositionText,
} from '../positions.ts';
import type { Projection } from '../projection.ts';
import type { MemoryDevices } from './devices.ts';
import { compare } from './ordered.ts';

type Place = Pick<Member, 'key' | 'heardAt'>;

/** Answers about all devices, by looking at all of them: this store ends with a replay or a test. */
export class MemoryFleet {
  readonly #devices: Pick<MemoryDevices, 'all'>;
  readonly #projection: Pick<Projection, 'memberOf'>;

  constructor(devices: Pick<MemoryDevices, 'all'>, projection: Pick<Projection, 'memberOf'>) {
    this.#devices = devices;
    this.#projection = projection;
  }

  fleet(now: number): Fleet {
    const count = new FleetCount(now);
    for (const member of this.#members()) count.add(member);
    return count.fleet();
  }

  heardByPlant(names: readonly string[]): ReadonlyMap<string, number> {
    const heard = new Map<string, number>();
    for (const { plant, heardAt } of this.#members()) {
      const name = plant ?? UNKNOWN;
      if (heardAt !== null && names.includes(name)) heard.set(name, Math.max(heardAt, heard.get(name) ?? 0));
    }
    return heard;
  }

  plant(name: string, now: number): { group: Group; heardAt: number | null } | null {
    const members = this.#members().filter(({ plant }) => (plant ?? UNKNOWN) === name);
    if (members.length === 0) return null;
    const count = new FleetCount(now);
    for (const member of members) count.add(member);
    const heardAt = Math.max(...members.map((member) => member.heardAt ?? 0));
    return { group: { ...count.fleet().all, name }, heardAt: heardAt === 0 ? null : heardAt };
  }

  grace(name: string | undefined, now: number): GraceWeeks {
    let [over, bounded] = [0, 0];
    const weeks = new Map<number, number>();
    for (const { plant, graceUntil, graceBounded } of this.#members()) {
      if (name !== undefined && (plant ?? UNKNOWN) !== name) continue;
      if (graceBounded) bounded++;
      if (graceUntil === null) continue;
      const { from } = weekOf(graceUntil);
      if (graceUntil < now) over++;
      else weeks.set(from, (weeks.get(from) ?? 0) + 1);
    }
    const sorted = [...weeks].sort(([a], [b]) => a - b);
    return { over, bounded, weeks: sorted.map(([from, count]) => ({ from, count })) };
  }

  context(of: FleetMember, wasDown: (peer: string | null) => boolean): FleetContext {
    const members = this.#members();
    const down = members.filter(({ peer }) => wasDown(peer)).map(({ key }) => key);
    return fleetContextOf(of, members, new Set(down));
  }

  urgent({ plant, after, limit }: PageQuery & { readonly plant?: string | undefined }): Page<string> {
    const from = after === undefined ? null : readUrgentPosition(after);
    const places = this.#members()
      .filter((member) => member.urgency !== null && (plant === undefined || (member.plant ?? UNKNOWN) === plant))
      .map(({ urgency, urgentUntil, key }) => ({ urgency: urgency ?? 0, until: urgentUntil, key }))
      .filter((place) => from === null || byUrgency(place, from) > 0)
      .sort(byUrgency);
    const { rows, next } = page(places, limit, urgentPositionText);
    return { rows: rows.map(({ key }) => key), next };
  }

  list({ sort = 'device', after, limit, ...filter }: MemberQuery, named: readonly string[]): Page<Member> {
    const sign = sort.startsWith('-') ? -1 : 1;
    const byTime = sort.endsWith('heardAt');
    const compared = (a: Place, b: Place) =>
      sign * ((byTime ? (a.heardAt ?? 0) - (b.heardAt ?? 0) : 0) || compare(a.key, b.key));
    const sorted = this.#members()
      .filter((member) => fits(member, filter, named))
      .sort(compared);
    const from = after === undefined ? null : placeIn(after, sort);
    const rest = from === null ? sorted : sorted.filter((member) => compared(member, from) > 0);
    return page(rest, limit, ({ key, heardAt }) => (byTime ? timedPositionText({ at: heardAt ?? 0, key }) : key));
  }

  facets({ heardBefore, q, listed, ...lists }: MemberFilter, named: readonly string[]): Facets {
    const count = new FacetCount({ ...lists, listed: listed === undefined ? undefined : [String(listed)] });
    for (const member of this.#members()) {
      if (!fits(member, { heardBefore, q }, named)) continue;
      count.add({ values: facetNames.map((name) => facetValue(member, name)), count: 1 });
    }
    return count.facets();
  }

  #members(): Member[] {
    return Array.from(this.#devices.all(), (device: Device) => this.#projection.memberOf(device));
  }
}

/** A time before all others, as NULL is in an index. */
const FIRST = -Number.MAX_VALUE;

function byUrgency(a: UrgentPosition, b: UrgentPosition): number {
  return a.urgency - b.urgency || (a.until ?? FIRST) - (b.until ?? FIRST) || compare(a.key, b.key);
}

function fits(member: Member, { heardBefore, q, listed, ...lists }: MemberFilter, named: readonly string[]): boolean {
  for (const name of ['condition', 'status', 'plant', 'product', 'release'] as const)
    if (lists[name] !== undefined && !lists[name].includes(facetValue(member, name))) return false;
  if (listed !== undefined && member.listed !== listed) return false;
  if (heardBefore !== undefined && (member.heardAt ?? 0) >= heardBefore) return false;
  return q === undefined || member.key.toLowerCase().includes(q.toLowerCase()) || named.includes(member.key);
}

/** Null for a text that is no place in this order. */
function placeIn(position: string, sort: MemberSort): Place | null {
  if (!sort.endsWith('heardAt')) return { key: position, heardAt: null };
  const place = readTimedPosition(position);
  return place === null ? null : { key: place.key, heardAt: place.at };
}
