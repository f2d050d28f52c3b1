/** States a fact that only a programmer's error can break. Throws; never used on input. */
export function assert(fact: unknown, claim: string): asserts fact {
  if (!fact) throw new Error(`broken invariant: ${claim}`);
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
