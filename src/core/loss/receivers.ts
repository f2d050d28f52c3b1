/** What several receivers know of the lines of one source, as one answer. */
import { later } from '../model/instant.ts';
import { type Loss, sumOf } from './source.ts';

/**
 * How lines come to several receivers. `copies`: each gets every line, by a `logging host` of its own with its own numbers.
 * `shared`: a balancer deals the lines of one.
 */
export type Feed = 'copies' | 'shared';

/**
 * `completeUntil`: what the receiver has received until this time is in `loss`; it may have received more since, as it tells now and
 * then, and an instance that was killed tells nothing more. Missing: all is in it.
 */
export type ReceiverLoss = { readonly receiver: string; readonly loss: Loss; readonly completeUntil?: number };

type Known = Loss & { readonly received: number; readonly lost: number; readonly head: number };
type KnownBy = ReceiverLoss & { readonly loss: Known };

/** Numbers that are further apart are of two runs. */
const APART = 100_000;

/** `losses`: of one source since one time, at least one. */
export function joinReceivers(losses: readonly ReceiverLoss[], feed: Feed): Loss {
  const known = losses.filter(({ loss }) => isKnown(loss)) as KnownBy[];
  const [first] = known.length === 0 ? losses : known;
  const { loss } = first as ReceiverLoss;
  const all = losses.map((each) => each.loss);
  const base = {
    ...loss,
    drops: all.map(({ drops }) => drops).reduce(sumOf),
    lastSeenAt: all.map(({ lastSeenAt }) => lastSeenAt).reduce(later),
  };
  if (known.length < 2) return base;
  const counted = feed === 'copies' ? ofCopies(known.map((each) => each.loss)) : ofShares(known);
  if (counted === null) return { ...base, ...nothing, why: 'receivers' };
  const { received, lost } = counted;
  const receivers = known.map(({ receiver, loss: { received, lost } }) => ({ receiver, received, lost }));
  const sum = (field: 'reordered' | 'duplicates') => known.reduce((total, each) => total + (each.loss[field] ?? 0), 0);
  return {
    ...base,
    ...counted,
    since: Math.min(...known.map((each) => each.loss.since ?? Number.POSITIVE_INFINITY)),
    ...{ reordered: sum('reordered'), duplicates: sum('duplicates'), receivers },
    completeness: received + lost === 0 ? null : received / (received + lost),
  };
}

const nothing = {
  reliable: false,
  basis: null,
  received: null,
  lost: null,
  atMost: false,
  completeness: null,
} as const;

function isKnown(loss: Loss): loss is Known {
  return loss.reliable && loss.received !== null && loss.lost !== null && loss.head !== null;
}

/** Who was restarted for one of them was restarted for all; else they do not speak of the same lines. */
function haveSameRuns(losses: readonly Known[]): boolean {
  return losses.every(({ restarts }) => restarts === losses[0]?.restarts);
}

/** A line is lost if none has it: no more than each of them misses of the longest span. */
function ofCopies(losses: readonly Known[]) {
  if (!haveSameRuns(losses)) return null;
  const span = Math.max(...losses.map(({ received, lost }) => received + lost));
  const received = Math.max(...losses.map((each) => each.received));
  const lost = span - received;
  return { received, lost, atMost: lost > 0 };
}

/** The numbers of all are one series: what is missing in it has none of them, as far as all is known. */
function ofShares(known: readonly KnownBy[]) {
  const losses = known.map((each) => each.loss);
  const isOneRun = losses.every(({ restarts, basis }) => restarts === 0 && basis === losses[0]?.basis);
  if (!isOneRun) return null;
  const received = losses.reduce((sum, each) => sum + each.received, 0);
  const from = Math.min(...losses.map(firstOf));
  const span = Math.max(...losses.map(({ head }) => head)) - from;
  const told = losses.reduce((sum, each) => sum + each.received + each.lost, 0);
  if (span > told + APART) return null;
  const lost = Math.max(0, span - received);
  const mayHaveMore = known.some((each) => (each.completeUntil ?? Number.POSITIVE_INFINITY) < passedAt(each, losses));
  return { received, lost, atMost: losses.some(({ atMost }) => atMost) || (lost > 0 && mayHaveMore) };
}

/** The number before the first one that a receiver has. */
function firstOf({ head, received, lost }: Known): number {
  return head - received - lost;
}

/** When another receiver got the first number, or one, that is beyond all of this one; never if none did. */
function passedAt({ loss: { head } }: KnownBy, losses: readonly Known[]): number {
  const beyond = losses.filter((other) => other.head > head);
  const times = beyond.map(
    (other) => (firstOf(other) >= head ? other.since : other.lastSeenAt) ?? Number.POSITIVE_INFINITY,
  );
  return times.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...times);
}
