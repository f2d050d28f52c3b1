import { type ComponentChildren, h } from 'preact';
import { isFurtherPage } from '../query/lists.ts';
import { ask, query } from '../router.ts';
import { words } from '../words/en.ts';
import { Ghosts } from './parts.ts';

export type ListRow = { readonly key: string; readonly cells: readonly ComponentChildren[]; readonly class?: string };

type Props = {
  readonly caption: string;
  readonly columns: readonly string[];
  /** Null: the first answer is not there yet. */
  readonly rows: readonly ListRow[] | null;
  /** Columns of figures, by their place. The first column names the row. */
  readonly numbers?: readonly number[];
  /** The order that the heading of a column asks for, by its place. */
  readonly sorts?: Readonly<Record<number, string>>;
  readonly sort?: string;
  readonly ghosts?: number;
};

/** A list as a table; on a narrow screen each row is a card. */
export function ListTable({ caption, columns, rows, numbers = [], sorts = {}, sort, ghosts = 12 }: Props) {
  return h(
    'table',
    { class: 'cards' },
    h('caption', { class: 'unseen' }, caption),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        columns.map((name, index) =>
          h(
            'th',
            {
              scope: 'col',
              key: name,
              class: numbers.includes(index) ? 'number' : undefined,
              'aria-sort': sorts[index] !== undefined && sorts[index] === sort ? 'other' : undefined,
            },
            h(Heading, { name, order: sorts[index], isSorted: sorts[index] === sort }),
          ),
        ),
      ),
    ),
    rows === null
      ? h(Ghosts, { rows: ghosts, columns: columns.length })
      : h(
          'tbody',
          {},
          rows.map(({ key, cells: [head, ...cells], class: kind }) =>
            h(
              'tr',
              { key, 'data-row': '', class: kind },
              h('th', { scope: 'row' }, head),
              cells.map((cell, index) =>
                h(
                  'td',
                  {
                    key: index,
                    class: numbers.includes(index + 1) ? 'number' : undefined,
                    'data-name': columns[index + 1],
                  },
                  cell,
                ),
              ),
            ),
          ),
        ),
  );
}

function Heading({ name, order, isSorted }: { name: string; order: string | undefined; isSorted: boolean }) {
  if (order === undefined) return h('span', {}, name);
  return h('button', { class: 'sort', onClick: () => ask({ sort: order }) }, name, isSorted ? ' ▾' : '');
}

/** In the place of a list without rows: why it has none. The rows of a further page are gone since, which says nothing of the list. */
export function NoRows({ children }: { readonly children?: ComponentChildren }) {
  return isFurtherPage() ? h('p', { class: 'empty' }, words.nothingHere) : children;
}

/** Opens a page of a list, from its first row on. A list in a panel begins where that does, which may be far down. */
function turn({ currentTarget }: Event, cursor: string | null, row: string | null): void {
  const panel = (currentTarget as Element).closest('.panel');
  ask({ cursor, row });
  if (panel === null) scrollTo(0, 0);
  else panel.scrollIntoView();
}

type PageOfList = {
  readonly next: string | null | undefined;
  /** How many rows this page has; undefined: their numbers are not shown. */
  readonly rows?: number | undefined;
  /** How many the list has; undefined: it is not known. */
  readonly total?: number | undefined;
};

/** Which rows these are, and to the first and the next page of a list. The cursor stands in the URL, and the number of the first row. */
export function Pages({ next, rows, total }: PageOfList) {
  const first = isFurtherPage() ? Number(query.value.get('row') ?? Number.NaN) : 1;
  const last = first + (rows ?? Number.NaN) - 1;
  const row = Number.isSafeInteger(last) ? `${last + 1}` : null;
  return h(
    'p',
    { class: 'buttons' },
    row !== null && last >= first && h('span', { class: 'dim' }, words.rowsOf(first, last, total)),
    isFurtherPage() && h('button', { onClick: (event: Event) => turn(event, null, null) }, words.firstPage),
    next != null && h('button', { onClick: (event: Event) => turn(event, next, row) }, words.nextPage),
  );
}
