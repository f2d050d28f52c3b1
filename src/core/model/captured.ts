/** What is kept with a device of the captures that people gave: its facts, each with the time and the line that state it. */
import { limits } from './limits.ts';

/** One fact. `what`: `release`, `transport`, `success of authorization`. */
export type CapturedFact = {
  readonly what: string;
  readonly value: string;
  /** When the device showed it, in milliseconds; null where nothing says so. */
  readonly at: number | null;
  /** 1-based, in the text as it was given. */
  readonly line: number;
  /** The words of this line, without secrets. */
  readonly text: string;
  /** No public output shows this form of the line; it is read as its words say. */
  readonly assumed?: true;
};

/** `taken`: the newest statements that were folded, each as its hash and its time: the same statement is not folded again. */
export type Captured = {
  readonly facts: readonly CapturedFact[];
  readonly taken: readonly (readonly [hash: number, at: number])[];
};

const nothing: Captured = { facts: [], taken: [] };

/** Of each fact the newer one; without a time, only what is not known otherwise. Does not depend on the order of captures. */
export function mergeCaptured(a: Captured | null, b: Captured | null): Captured | null {
  if (a === null && b === null) return null;
  const [known, more] = [a ?? nothing, b ?? nothing];
  const facts = new Map(known.facts.map((fact) => [fact.what, fact]));
  for (const fact of more.facts) {
    const other = facts.get(fact.what);
    if (other === undefined || isNewer(fact, other)) facts.set(fact.what, fact);
  }
  const taken = new Map([...known.taken, ...more.taken].map(([hash, at]) => [hash, at]));
  return {
    facts: [...facts.values()].sort((left, right) => (left.what < right.what ? -1 : 1)),
    taken: [...taken].sort(([x, xAt], [y, yAt]) => yAt - xAt || x - y).slice(0, limits.capturesTaken),
  };
}

function isNewer(fact: CapturedFact, known: CapturedFact): boolean {
  const [at, knownAt] = [fact.at ?? Number.NEGATIVE_INFINITY, known.at ?? Number.NEGATIVE_INFINITY];
  if (at !== knownAt) return at > knownAt;
  return `${fact.value}\n${fact.text}` > `${known.value}\n${known.text}` && fact.value !== known.value;
}
