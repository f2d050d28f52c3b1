import t from 'tap';
import { everyPage, everyRow } from '../../src/store/every-page.ts';

/** Gives these rows in pages of two, and records the positions asked for. */
function listOf(rows: readonly string[]) {
  const asked: (string | undefined)[] = [];
  const load = async (after: string | undefined) => {
    asked.push(after);
    const from = Number(after ?? 0);
    return { rows: rows.slice(from, from + 2), next: from + 2 < rows.length ? `${from + 2}` : null };
  };
  return { asked, load };
}

t.test('everyPage() gives the rows of all pages, also of a list without rows', async (t) => {
  for (const [rows, pages] of [
    [[], [[]]],
    [['a'], [['a']]],
    [['a', 'b'], [['a', 'b']]],
    [
      ['a', 'b', 'c', 'd', 'e'],
      [['a', 'b'], ['c', 'd'], ['e']],
    ],
  ] as const) {
    const found: (readonly string[])[] = [];
    for await (const page of everyPage(listOf(rows).load)) found.push(page);
    t.strictSame(found, pages, `${rows.length} rows`);
    t.strictSame(await everyRow(listOf(rows).load), rows, `${rows.length} rows in one list`);
  }
});

t.test('everyPage() reads a page when it is asked for, and pauses only between pages', async (t) => {
  const { asked, load } = listOf(['a', 'b', 'c', 'd', 'e']);
  let pauses = 0;
  const pages = everyPage(load, async () => {
    pauses++;
  });
  for (const [after, before] of [
    [undefined, 0],
    ['2', 1],
    ['4', 2],
  ] as const) {
    await pages.next();
    t.strictSame([asked.at(-1), pauses], [after, before]);
  }
  t.strictSame([(await pages.next()).done, asked.length, pauses], [true, 3, 2]);
});

t.test('everyPage() reads no further page after its caller has stopped', async (t) => {
  const { asked, load } = listOf(['a', 'b', 'c', 'd', 'e']);
  for await (const _ of everyPage(load)) break;
  t.strictSame(asked, [undefined]);
});
