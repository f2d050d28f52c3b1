/** What is chosen in a list of incidents, and how it is sent, without a browser. */
import fc from 'fast-check';
import t from 'tap';
import { hypotheses } from '../../src/core/model/hypothesis.ts';
import { limits } from '../../src/core/model/limits.ts';
import { incidentFilters } from '../../src/serve/incident-filter.ts';
import { splitLists } from '../../src/serve/list-parameters.ts';
import { filterBody, filtersOf } from '../../web/pages/incident-filter.ts';
import { type Choice, countOf, MOST, NOTHING, nameOf, toggled, withAll } from '../../web/query/choice.ts';
import { hypotheses as inConsole } from '../../web/query/hypotheses.ts';
import { textOf } from '../../web/query/values.ts';

const seed = Number(process.env['SEED'] ?? 72298);
const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, device: `sw-${id}` }));
const at = (index: number) => rows[index] as (typeof rows)[number];
const idsOf = (choice: Choice) => [...choice.rows.keys()].join('');

t.test('toggled() chooses a row, a range from the last one in either direction, and leaves them again', async (t) => {
  const one = toggled(NOTHING, at(1));
  t.equal(idsOf(one), 'b');
  t.equal(one.rows.get('b'), 'sw-b');
  const range = toggled(one, at(3), rows);
  t.equal(idsOf(range), 'bcd');
  t.equal(idsOf(toggled(range, at(0), rows)), 'bcda', 'from d, which was the last one, back to a');
  t.equal(idsOf(toggled(range, at(2))), 'bd');
  t.equal(idsOf(toggled(range, at(2), rows)), 'b', 'a range from d to c, which was chosen, is left');
  t.equal(idsOf(toggled(NOTHING, at(2), rows)), 'c', 'without a row before it is one row');
  t.equal(idsOf(toggled({ ...one, anchor: 'gone' }, at(3), rows)), 'bd', 'the row before is not on this page');
  t.equal(idsOf(one), 'b', 'what was before is as it was');
});

t.test('withAll() chooses and leaves a page, and keeps what is chosen on other ones', async (t) => {
  const elsewhere = toggled(NOTHING, { id: 'z', device: 'sw-z' });
  t.equal(idsOf(withAll(elsewhere, rows, true)), 'zabcde');
  t.equal(idsOf(withAll(withAll(elsewhere, rows, true), rows, false)), 'z');
});

t.test('nameOf() is the same for the same incidents only', async (t) => {
  const [one, other] = [toggled(NOTHING, at(1)), toggled(NOTHING, at(2))];
  const both = toggled(one, at(2));
  t.equal(nameOf(both), nameOf(toggled(other, at(1))), 'in another order');
  const all = (filter: string, count: number) => nameOf({ ...NOTHING, all: { filter, count } });
  const different = [nameOf(one), nameOf(other), nameOf(both), all('state=open', 2), all('state=open&plant=North', 2)];
  t.equal(new Set(different).size, different.length, different.join('; '));
  t.equal(all('state=open', 2), all('state=open', 3), 'as many as there are by then');
});

t.test('a row outside of what is changed is never changed', async (t) => {
  t.comment(`seed ${seed}`);
  const step = fc.record({
    row: fc.nat(4),
    from: fc.nat(4),
    to: fc.nat(5),
    kind: fc.constantFrom('one', 'range', 'page'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let before = NOTHING;
      for (const { row, from, to, kind } of steps) {
        const shown = rows.slice(from, Math.max(from, to));
        const after =
          kind === 'page'
            ? withAll(before, shown, row % 2 === 0)
            : toggled(before, at(row), kind === 'one' ? null : shown);
        const may = new Set(kind === 'one' ? [at(row).id] : [...shown.map(({ id }) => id), at(row).id]);
        for (const { id } of rows) if (!may.has(id) && before.rows.has(id) !== after.rows.has(id)) return false;
        if (countOf(after) !== after.rows.size || after.all !== null) return false;
        before = after;
      }
      return true;
    }),
    { seed, numRuns: 500 },
  );
});

t.test('filterBody() is what the service reads of the same query', async (t) => {
  t.comment(`seed ${seed}`);
  const isList = (name: string) => incidentFilters[name as keyof typeof incidentFilters].type === 'array';
  const text = fc.string({ unit: fc.constantFrom(',', '\\', 'a', 'ö', '&', '=', ' ', '+'), minLength: 1 });
  const anyOf = (name: string) =>
    name === 'acknowledged'
      ? fc.constantFrom('true', 'false')
      : isList(name)
        ? fc.array(text, { minLength: 1 }).map(textOf)
        : text;
  const filters = fc.record(Object.fromEntries(Object.keys(incidentFilters).map((name) => [name, anyOf(name)])), {
    requiredKeys: ['state'],
  });
  fc.assert(
    fc.property(filters, (filters) => {
      const asked = filtersOf(new URLSearchParams(filters as Record<string, string>));
      const read: Record<string, unknown> = Object.fromEntries(new URLSearchParams(`${asked}`));
      splitLists(read, isList);
      if (read['acknowledged'] !== undefined) read['acknowledged'] = read['acknowledged'] === 'true';
      t.strictSame(Object.keys(read).sort(), Object.keys(filters).sort(), 'no filter is left out');
      t.strictSame(filterBody(asked), read);
    }),
    { seed, numRuns: 100 },
  );
});

t.test('the console knows what the service knows', async (t) => {
  t.strictSame([...inConsole], [...hypotheses]);
  t.equal(MOST, limits.bulkIncidents);
});
