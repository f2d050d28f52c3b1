/** Throws if an invariant does not hold, which only a programming error can cause. Never used to check input. */
export function assert(fact: unknown, claim: string): asserts fact {
  if (!fact) throw new Error(`broken invariant: ${claim}`);
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
