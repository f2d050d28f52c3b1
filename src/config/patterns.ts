/** The problems of the regular expressions of an advisory: they are tried on texts that anybody may send. */

import { type Choice, repeatedChoice } from './repeated-choice.ts';

/** Null if the pattern compiles, and no text makes it take exponential time. */
export function patternProblem(source: string): string | null {
  if (!compiles(source)) return 'must be a regular expression';
  const choice = repeatedChoice(source);
  return choice === null ? null : `"${source}" ${SLOW[choice]}, which can take very long`;
}

const SLOW: Readonly<Record<Choice, string>> = {
  quantifiers: 'has nested quantifiers',
  alternatives: 'repeats alternatives that can begin alike',
};

/** The same of a pattern that must tell names apart. */
export function tellingPatternProblem(source: string): string | null {
  const problem = patternProblem(source);
  if (problem !== null) return problem;
  const pattern = new RegExp(source, 'i');
  if (pattern.test('')) return `"${source}" matches the empty text`;
  return UNLIKE.every((text) => pattern.test(text)) ? `"${source}" matches everything` : null;
}

/** Names that have nothing in common. They are short, so that no pattern takes long. */
const UNLIKE = ['~~~~~~~~~~~~', 'xxxxxxxxxxxx', '000000000000'];

function compiles(source: string): boolean {
  try {
    new RegExp(source, 'i');
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
