import fc from 'fast-check';
import t from 'tap';
import { splitLists, valuesIn } from '../../src/serve/list-parameters.ts';
import { nextValues, textOf, valuesIn as valuesInConsole } from '../../web/query/values.ts';

const seed = Number(process.env['SEED'] ?? 72298);

t.test('valuesIn() splits at commas that no backslash stands before', async (t) => {
  for (const [text, values] of [
    ['open', ['open']],
    ['a,b', ['a', 'b']],
    ['', ['']],
    ['a,', ['a', '']],
    [',,', ['', '', '']],
    ['Hall 1\\, North,South', ['Hall 1, North', 'South']],
    ['a\\\\,b', ['a\\', 'b']],
    ['C:\\x\\', ['C:\\x\\']],
  ] as const)
    t.strictSame(valuesIn(text), values, text);
});

t.test('valuesIn() gives back any values of which commas and backslashes were escaped', async (t) => {
  t.comment(`seed ${seed}`);
  const text = fc.string({ unit: fc.constantFrom(',', '\\', 'a', 'ö', '\n', ' ') });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (values) => {
      const written = values.map((value) => value.replaceAll(/[\\,]/g, (mark) => `\\${mark}`)).join(',');
      return JSON.stringify(valuesIn(written)) === JSON.stringify(values);
    }),
    { seed, numRuns: 500 },
  );
});

t.test('the console reads and writes values as the service does', async (t) => {
  t.comment(`seed ${seed}`);
  const text = fc.string({ unit: fc.constantFrom(',', '\\', 'a', 'ö', '\n', ' ') });
  fc.assert(
    fc.property(text, fc.array(text, { minLength: 1 }), (any, values) => {
      const same = JSON.stringify(valuesInConsole(any)) === JSON.stringify(valuesIn(any));
      return same && JSON.stringify(valuesIn(textOf(values))) === JSON.stringify(values);
    }),
    { seed, numRuns: 500 },
  );
});

t.test('splitLists() makes a list of what is given once or several times, and leaves other parameters', async (t) => {
  const query = { state: 'open,closed', plant: ['a,b', 'c'], q: 'x,y' };
  splitLists(query, (name) => name !== 'q');
  t.strictSame(query, { state: ['open', 'closed'], plant: ['a', 'b', 'c'], q: 'x,y' } as unknown);
});

t.test('the console asks for one value where the API takes one', async (t) => {
  t.strictSame(nextValues('plant', ['North'], 'South'), ['North', 'South']);
  t.strictSame(nextValues('plant', ['North', 'South'], 'North'), ['South']);
  t.strictSame(nextValues('acknowledged', ['true'], 'false'), ['false']);
  t.strictSame(nextValues('listed', ['true'], 'true'), []);
  for (const several of ['any', 'open']) t.strictSame(nextValues('state', [several], 'closed'), ['closed'], several);
  t.strictSame(nextValues('plant', ['any', 'open'], 'closed'), ['any', 'open', 'closed'], 'plants of these names');
});
