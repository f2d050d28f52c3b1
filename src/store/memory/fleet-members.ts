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
import type { Projection } from '../projection.ts';
import type { MemoryDevices } from './devices.ts';
import { compare } from './ordered.ts';

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
    const keys = this.#members()
      .filter((member) => member.urgency !== null && (plant === undefined || (member.plant ?? UNKNOWN) === plant))
      .sort((a, b) => byUrgency(a, b) || compare(a.key, b.key))
      .map(({ key }) => key);
    const from = after === undefined ? 0 : Number(after);
    const shown = keys.slice(from, from + limit);
    return { rows: shown, next: from + shown.length < keys.length ? `${from + shown.length}` : null };
  }

  list({ sort = 'device', after, limit, ...filter }: MemberQuery, named: readonly string[]): Page<Member> {
    const sign = sort.startsWith('-') ? -1 : 1;
    const byTime = sort.endsWith('heardAt');
    const compared = (a: Member, b: Member) =>
      sign * ((byTime ? (a.heardAt ?? 0) - (b.heardAt ?? 0) : 0) || compare(a.key, b.key));
    const sorted = this.#members()
      .filter((member) => fits(member, filter, named))
      .sort(compared);
    const rest = after === undefined ? sorted : sorted.filter((member) => compared(member, placeIn(after, sort)) > 0);
    return page(rest, limit, ({ key, heardAt }) => (byTime ? `${heardAt ?? 0} ${key}` : key));
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

function byUrgency(a: Member, b: Member): number {
  return (a.urgency ?? 0) - (b.urgency ?? 0) || (a.urgentUntil ?? 0) - (b.urgentUntil ?? 0);
}

function fits(member: Member, { heardBefore, q, listed, ...lists }: MemberFilter, named: readonly string[]): boolean {
  for (const name of ['condition', 'status', 'plant', 'product', 'release'] as const)
    if (lists[name] !== undefined && !lists[name].includes(facetValue(member, name))) return false;
  if (listed !== undefined && member.listed !== listed) return false;
  if (heardBefore !== undefined && (member.heardAt ?? 0) >= heardBefore) return false;
  return q === undefined || member.key.toLowerCase().includes(q.toLowerCase()) || named.includes(member.key);
}

function placeIn(position: string, sort: MemberSort): Member {
  const [, at = '0', key = position] = (sort.endsWith('heardAt') ? /^(-?\d+) (.*)$/s.exec(position) : null) ?? [];
  return { key, heardAt: Number(at) } as Member;
}
