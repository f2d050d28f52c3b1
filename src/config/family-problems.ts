import { entriesOf, isText, isTree, type Tree } from './any-value.ts';
import { type Problem, problemAt } from './problem.ts';

/** Names that every object of JavaScript has. */
const TAKEN = new Set(['__proto__', 'constructor', 'prototype']);

/** The problem of a reference to a family; none if it is left out, or if `families` is itself of the wrong form. */
export function familyProblems({ families }: Tree, family: unknown, path: string): Problem[] {
  if (!isText(family) || !isTree(families) || Object.hasOwn(families, family)) return [];
  return [problemAt(path, `"${family}" is not a key of families`)];
}

export function familyNameProblems({ families }: Tree): Problem[] {
  return entriesOf(families).flatMap(([name]) =>
    TAKEN.has(name) ? [problemAt(`families.${name}`, 'this name cannot be used for a family')] : [],
  );
}
