/** Rows of a list that changes while somebody reads it, without a browser. */
import t from 'tap';
import { asIs, faded, MARK_MS, nextEnd, type SteadyRow, steady } from '../../web/pages/steady-rows.ts';

type Row = { readonly id: string; readonly state: string };

const row = (id: string, state = 'suspected'): Row => ({ id, state });
const idOf = ({ id }: Row) => id;
const shown = (rows: readonly SteadyRow<Row>[]) => rows.map(({ row: { id, state }, mark }) => `${id} ${state} ${mark}`);

const before = [row('a'), row('b'), row('c')];
const after = [row('a'), row('b', 'confirmed'), row('c')];

t.test('steady() keeps each row in its place, and counts what waits', async (t) => {
  const { rows, waiting } = steady(asIs(before), [row('d'), row('c'), row('a')], idOf, 0);
  t.strictSame(shown(rows), ['a suspected ', 'b suspected left', 'c suspected ']);
  t.equal(waiting, 3, 'd is new, b has left, and one stands in another order');
});

t.test('steady() leaves rows as they are that new ones have pushed to a later page', async (t) => {
  const pushed = steady(asIs(before), [row('x'), row('y'), row('a')], idOf, 0, true);
  t.strictSame(shown(pushed.rows), ['a suspected ', 'b suspected ', 'c suspected ']);
  t.equal(pushed.waiting, 2, 'two are new, and nothing else has happened');
  const all = steady(pushed.rows, [row('x'), row('y'), row('z')], idOf, 0, true);
  t.strictSame(shown(all.rows), ['a suspected ', 'b suspected ', 'c suspected '], 'also if none is left of this page');
  t.equal(all.waiting, 3);
  const between = steady(asIs(before), [row('x'), row('b'), row('d')], idOf, 0, true);
  t.strictSame(
    shown(between.rows),
    ['a suspected left', 'b suspected ', 'c suspected '],
    'a stood before one that is there',
  );
  const changed = steady(asIs(before), after, idOf, 1000).rows;
  const kept = steady(changed, [row('x'), row('y'), row('a')], idOf, 2000, true).rows;
  t.equal(nextEnd(kept), 1000 + MARK_MS, 'a mark ends in its time');
  const left = steady(asIs(before), after.slice(0, 2), idOf, 0).rows;
  t.strictSame(
    shown(steady(left, [row('x')], idOf, 9000, true).rows).at(-1),
    'c suspected left',
    'what has left stays so',
  );
});

t.test('steady() marks a changed row until its time is over, whatever further answers say of others', async (t) => {
  const first = steady(asIs(before), after, idOf, 1000).rows;
  t.strictSame(shown(first), ['a suspected ', 'b confirmed changed', 'c suspected ']);
  const second = steady(first, [row('a', 'recovering'), row('b', 'confirmed'), row('c')], idOf, 2000).rows;
  t.strictSame(shown(second), ['a recovering changed', 'b confirmed changed', 'c suspected ']);
  t.equal(nextEnd(second), 1000 + MARK_MS, 'each has its own time');
  const third = steady(
    second,
    second.map(({ row }) => row),
    idOf,
    1000 + MARK_MS,
  ).rows;
  t.strictSame(shown(third), ['a recovering changed', 'b confirmed ', 'c suspected ']);
  const again = steady(second, [row('a', 'recovering'), row('b', 'resolved'), row('c')], idOf, 3000).rows;
  t.equal(nextEnd(again), 2000 + MARK_MS);
  t.equal(nextEnd(faded(again, 2000 + MARK_MS)), 3000 + MARK_MS, 'a further change begins it anew');
});

t.test('faded() takes the marks away whose time is over, and leaves a row that has left struck through', async (t) => {
  const { rows } = steady(asIs(before), after.slice(0, 2), idOf, 1000);
  t.strictSame(shown(faded(rows, 999 + MARK_MS)), shown(rows));
  const over = faded(rows, nextEnd(rows) ?? 0);
  t.strictSame(shown(over), ['a suspected ', 'b confirmed ', 'c suspected left']);
  t.equal(nextEnd(over), null);
});
