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

/** Whether a claim is about licensing itself, and not about another service as Smart Call Home. */
export function isOfLicensing({ mnemonic }: Pick<Claim, 'mnemonic'>, { otherServices }: Advisory): boolean {
  return !otherServices.has(mnemonic);
}

/**
 * Whether licensing by call-home fails on a host of the customer, or a capture shows that the device uses the customer's server or CSLU,
 * and it fails on no host of Cisco: then all of licensing goes there.
 */
export function usesOwnServer(
  { claims, uses }: Pick<Judged, 'claims' | 'uses'>,
  at: number,
  advisory: Advisory,
): boolean {
  let isOwn = uses !== null && isOfCustomer({ server: uses });
  for (const claim of claims) {
    if (!claim.byHost || !isOfLicensing(claim, advisory) || !holds(claim, at, advisory)) continue;
    if (claim.server === 'cisco') return false;
    isOwn ||= claim.server === 'own';
  }
  return isOwn;
}

/**
 * The server of a failure beside what else the device said. A text names Cisco also where the own server is meant.
 * `isOwn`: as `usesOwnServer` says.
 */
export function serverAmong(family: string, server: ServerKind, isOwn: boolean, { families }: Advisory): ServerKind {
  const isNamed = server === 'own' || server === 'cslu';
  return isNamed || !isOwn || families.get(family)?.server != null ? server : 'own';
}

/** What holds at the time `at`. */
export function weigh(state: Judged, at: number, advisory: Advisory): Weighed {
  const isOwn = usesOwnServer(state, at, advisory);
  const claims: Claim[] = [];
  let proven: string[] | null = null;
  for (const claim of state.claims) {
    if (!holds(claim, at, advisory)) continue;
    const held = isOwn || claim.aloneAt !== null ? amongOthers(claim, isOwn, at, advisory) : claim;
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
export function amongOthers(claim: Claim, isOwn: boolean, at: number, advisory: Advisory): Claim {
  if (!claim.isFailure) return claim;
  const server = serverAmong(claim.family, claim.server, isOwn, advisory);
  const counts = claim.aloneAt === null || isAlone(claim.aloneAt, at, advisory);
  const weight = counts && advisory.counts.servers.has(server) ? claim.weight : 0;
  return server === claim.server && weight === claim.weight ? claim : { ...claim, server, weight };
}

/** Whether a failure of these times counts at `at`: see `Claim.aloneAt`. */
export function isAlone(aloneAt: readonly number[], at: number, { correlation }: Advisory): boolean {
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
export function isFailing(state: Judged, at: number, advisory: Advisory): boolean {
  const isOwn = usesOwnServer(state, at, advisory);
  return state.claims.some(
    (claim) =>
      claim.isFailure &&
      standsAlone(claim.family, advisory) &&
      !isOfCustomer({ server: serverAmong(claim.family, claim.server, isOwn, advisory) }),
  );
}

/** When anything of what holds was said last. */
export function lastSaidAt({ claims }: Pick<Judged, 'claims'>): number {
  return claims.reduce((at, { lastAt }) => Math.max(at, lastAt), Number.NEGATIVE_INFINITY);
}

/**
 * When the wrong clock of the device was set; null if nothing shows that it was set, or a message has said since that
 * the time is wrong.
 */
export function clockSetSince({
  clock,
  clockSetAt,
  wrongClock,
  claims,
}: Pick<Judged, 'clock' | 'clockSetAt' | 'wrongClock' | 'claims'>): number | null {
  const isGood = clock === 'set' && wrongClock === null && !claims.some(({ manner }) => manner === 'clock');
  return isGood ? clockSetAt : null;
}

export function isClockWrong({ clock }: Pick<Judged, 'clock'>): boolean {
  return clock === 'unset' || clock === 'off';
}
