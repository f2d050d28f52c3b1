import type { Page } from './ports/queries.ts';

/**
 * The rows of a list, page by page from the first page on. `load` reads the page after a position. A page is read when
 * the caller asks for it, so the caller may write between two pages. `between` is awaited before every page but the
 * first: with `yieldToEventLoop` other work goes on while a large store is read.
 */
export async function* everyPage<T>(
  load: (after: string | undefined) => Promise<Page<T>>,
  between: () => Promise<void> = async () => {},
): AsyncGenerator<readonly T[]> {
  let { rows, next } = await load(undefined);
  yield rows;
  while (next !== null) {
    await between();
    ({ rows, next } = await load(next));
    yield rows;
  }
}

/** The rows of all pages in one list; for lists that fit in memory. */
export async function everyRow<T>(load: (after: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  for await (const rows of everyPage(load)) for (const row of rows) all.push(row);
  return all;
}
