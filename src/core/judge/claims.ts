/** Which claims of a device hold, and which of them count. */
import type { Advisory } from '../advisory/advisory.ts';
import type { Claim, DeviceState } from '../model/device-state.ts';
import type { ServerKind } from '../model/message.ts';

/** The facts that a verdict is made of: never the incident that it decides about. */
export type Judged = Omit<DeviceState, 'incident' | 'ordinal'>;

/** The sum of what holds at a moment. */
export type Weighed = {
  /** The claims that hold; `server` and `weight` as they count beside the other claims. */
  readonly claims: readonly Claim[];
  readonly score: number;
  /** The families with weight. */
  readonly families: readonly string[];
  /** Whether a family with proof is among them. */
  readonly isProven: boolean;
};

/** Whether a claim holds at a time: a state until its repetition is stale, an event for the window. */
export function holds({ kind, lastAt }: Claim, at: number, { correlation }: Advisory): boolean {
  return lastAt > at - (kind === 'state' ? correlation.staleAfterMs : correlation.windowMs);
}

/** Whether call-home fails on a host of the customer, and on none of Cisco: then all of licensing goes there. */
export function usesOwnServer({ callHomeOn }: Pick<Judged, 'callHomeOn'>): boolean {
  return callHomeOn.own !== null && callHomeOn.cisco === null;
}

/** The server of a failure beside what else the device said. A text names Cisco also where the own server is meant. */
export function serverAmong(
  family: string,
  server: ServerKind,
  state: Pick<Judged, 'callHomeOn'>,
  { families }: Advisory,
): ServerKind {
  const isNamed = server === 'own' || server === 'cslu';
  if (isNamed || !usesOwnServer(state) || families.get(family)?.server != null) return server;
  return 'own';
}

/** What holds at the time `at`. */
export function weigh(state: Judged, at: number, advisory: Advisory): Weighed {
  const isOwn = usesOwnServer(state);
  const claims: Claim[] = [];
  let proven: string[] | null = null;
  for (const claim of state.claims) {
    if (!holds(claim, at, advisory)) continue;
    const held = isOwn || claim.aloneAt !== null ? amongOthers(claim, state, at, advisory) : claim;
    claims.push(held);
    if (held.weight > 0 && isProof(held, advisory)) proven = [...(proven ?? []), held.mnemonic];
  }
  const families: string[] = [];
  let score = 0;
  for (const { family, mnemonic, weight } of claims) {
    if (weight === 0 || families.includes(family)) continue;
    // While the proof in a message holds, what else it gives as its reason adds nothing.
    if (proven?.includes(mnemonic) === true && advisory.families.get(family)?.proof !== true) continue;
    families.push(family);
    score += weight;
  }
  return { claims, score, families, isProven: proven !== null };
}

/** The claim with the server and the weight that it has beside the other claims. */
export function amongOthers(claim: Claim, state: Judged, at: number, advisory: Advisory): Claim {
  if (!claim.isFailure) return claim;
  const server = serverAmong(claim.family, claim.server, state, advisory);
  const counts = claim.aloneAt === null || isAlone(claim.aloneAt, at, advisory);
  const weight = counts && advisory.counts.servers.has(server) ? claim.weight : 0;
  return server === claim.server && weight === claim.weight ? claim : { ...claim, server, weight };
}

function isAlone(aloneAt: readonly number[], at: number, { correlation }: Advisory): boolean {
  const last = aloneAt.at(-1);
  return last !== undefined && last > at - correlation.windowMs;
}

export function isProof({ family }: Pick<Claim, 'family'>, { families }: Advisory): boolean {
  return families.get(family)?.proof === true;
}

/** Whether a failure of this family can open an incident, reopen one or hold one open without another family. */
export function standsAlone(family: string, { families }: Advisory): boolean {
  return families.get(family)?.alone !== false;
}

/** Whether the failure is of the customer's side: the customer's own server, or CSLU. */
export function isOfCustomer({ server }: Pick<Claim, 'server'>): boolean {
  return server === 'own' || server === 'cslu';
}

/** Whether licensing itself fails since the last success, on another side than the customer's. */
export function isFailing(state: Judged, advisory: Advisory): boolean {
  return state.claims.some(
    (claim) =>
      claim.isFailure &&
      standsAlone(claim.family, advisory) &&
      !isOfCustomer({ server: serverAmong(claim.family, claim.server, state, advisory) }),
  );
}

export function isClockWrong({ clock }: Pick<Judged, 'clock'>): boolean {
  return clock === 'unset' || clock === 'off';
}
