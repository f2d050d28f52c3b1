import type { Facets } from '../../core/fleet/facets.ts';
import type { Fleet, Group } from '../../core/fleet/fleet-count.ts';
import type { Member, MemberSort } from '../../core/fleet/member.ts';
import type { FleetContext, FleetMember } from '../../core/judge/fleet-context.ts';
import type { Page, PageQuery } from './queries.ts';

/** Values of one filter are alternatives; filters of different names must all fit. An empty list fits nothing. */
export type MemberFilter = {
  readonly condition?: readonly string[] | undefined;
  readonly status?: readonly string[] | undefined;
  /** As `UNKNOWN` in a list: devices for which none is known. */
  readonly plant?: readonly string[] | undefined;
  readonly product?: readonly string[] | undefined;
  readonly release?: readonly string[] | undefined;
  readonly listed?: boolean | undefined;
  /** Devices of which no line was heard in this hour (`hourOf`) or later, those that were never heard too. */
  readonly heardBefore?: number | undefined;
  /** Text within the key, in any case, or one of the other names as a whole. */
  readonly q?: string | undefined;
};

export type MemberQuery = PageQuery & MemberFilter & { readonly sort?: MemberSort | undefined };

/** Grace periods of failing devices. `weeks`: ends by week (`from`: its Monday, 00:00 UTC), those after now; the earliest first. */
export type GraceWeeks = {
  readonly over: number;
  /** Only an upper bound is known. */
  readonly bounded: number;
  readonly weeks: readonly { readonly from: number; readonly count: number }[];
};

/** What is wrong with the kept facts and counts, as a line for people. */
export type RecountDifference = string;

/**
 * Answers about all devices, out of facts that are kept in the transaction that changes them (`Projection.memberOf`). Times
 * are milliseconds. Answers that need more than a few milliseconds let other work go on in between, and may then count a device
 * before a change and another one after it.
 */
export interface FleetStore {
  /** How many devices are not counted, as a former version wrote them and they are not brought over yet. */
  notCounted(): Promise<number>;
  fleet(now: number): Promise<Fleet>;
  /** Null if no device is of this plant. `heardAt`: the hour of the last line of any of its devices. */
  plant(name: string, now: number): Promise<{ readonly group: Group; readonly heardAt: number | null } | null>;
  /** The hours of the last lines of these plants, by their names; plants that were never heard are left out. */
  heardByPlant(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  grace(plant: string | undefined, now: number): Promise<GraceWeeks>;
  /**
   * The fleet in view of one device. `wasDown`: whether the links of a sender went down meanwhile; asked only where that makes a
   * difference (`doLinksMatter`).
   */
  fleetContext(of: FleetMember, wasDown: (peer: string | null) => boolean): Promise<FleetContext>;
  /** Keys of the devices to repair, the most urgent first (`urgencyOf`). */
  urgent(query: PageQuery & { readonly plant?: string | undefined }): Promise<Page<string>>;
  /** The plants of the devices with these keys; null where none is known. Keys without a device are left out. */
  plantsOf(keys: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  members(query: MemberQuery): Promise<Page<Member>>;
  facets(filter: MemberFilter): Promise<Facets>;
  /** Compares what is kept with the devices and incidents, and looks for days beyond `now`. Reads every device. */
  recount(now: number): AsyncIterable<RecountDifference>;
}
