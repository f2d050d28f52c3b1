/** Which regular expressions of an advisory may take exponential time. */
import fc from 'fast-check';
import t from 'tap';
import { type Choice, repeatedChoice } from '../../src/config/repeated-choice.ts';

t.test('repeatedChoice() finds what can be matched in several ways in a part that repeats', async (t) => {
  const rows: readonly (readonly [choice: Choice | null, patterns: readonly string[]])[] = [
    ['quantifiers', ['(a+)+', '(a?)+', '(?:x[0-9]*-)*y', '((ab?)){2,}', '(a{1,9}){3}', '(?:(?=a*)b)+']],
    ['alternatives', ['(a|a)+', '(a|ab)*', '(\\w|\\d)+', '(a|A)+$', '(?<n>a|a)+z', '(?i:a|a)+', '(a|)+', '(a|.)+']],
    ['alternatives', ['(a|a){30}', '(x(a|a)y)+', '((?:a|b)c|b)+', '(?:(?:a|^)b|b)+', '([^a]|b)+', '(\\x61|a)+']],
    ['alternatives', ['(?:\\b|y)+', '(x)(?:\\1|y)+', '(?:(?=a|a)b)+', '(?<=^(?:a|ba)+)x', '(?:(?:)a|a)+', '(\\X|x)+']],
    [null, ['(a|a)?', '(?:a|ab)c', '(?:SLA|trust)+', '((?:a|b)c|d)+', '(?:\\bx|y)+', '(?<=^(?:ab|a)+)x', '(a|[b-z])*']],
    [null, ['(?:[0-9]{2}){3}', '(){3}', '{', 'a{,3}', '\\(a+\\)+', '[(a+)+]', '(?:a|b]|c)+', 'a*b*', '(?:\\||a)+', '']],
  ];
  for (const [choice, patterns] of rows)
    for (const pattern of patterns) t.equal(repeatedChoice(pattern), choice, pattern);
});

/** Patterns of a and b without quantifiers. */
const { pattern: patterns } = fc.letrec<{ pattern: string; item: string }>((tie) => ({
  pattern: fc
    .array(fc.array(tie('item'), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((alternatives) => alternatives.map((items) => items.join('')).join('|')),
  item: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b', 'A', '[ab]', '[^a]', '\\w', '.', '\\b', '^', 'ab', 'ba'),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?=', '(?<=', '(?!'), tie('pattern'))
      .map(([open, inner]) => `${open}${inner})`),
  ),
}));

t.test('repeatedChoice() lets no pattern pass that takes exponential time', async (t) => {
  const texts = ['a', 'b', 'ab', 'aab', 'abb'].map((part) => `${part.repeat(60).slice(0, 60)}!`);
  let passed = 0;
  fc.assert(
    fc.property(patterns, (pattern) => {
      const repeated = `^(?:${pattern})+$`;
      if (repeatedChoice(repeated) !== null) return;
      passed++;
      // A pattern with two ways for each round would not come to an end here.
      for (const text of texts) new RegExp(repeated, 'i').test(text);
    }),
    { numRuns: 3000 },
  );
  t.ok(passed > 100, `${passed} patterns pass`);
});
