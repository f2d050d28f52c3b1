import { h } from 'preact';
import { chosen, toggle } from '../query/lists.ts';
import { charts as words } from '../words/charts.ts';

type Row = { readonly key: string; readonly cells: readonly (string | number)[] };
type Props = {
  /** In the query, where it is said which charts show their table. */
  readonly name: string;
  readonly title: string;
  /** The first names the row, the others are figures. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
};

const PARAMETER = 'tables';
const isShown = (name: string) => chosen(PARAMETER).includes(name);

/** Shows what a chart shows as a table, and hides it again. */
export function TableButton({ name, title }: Pick<Props, 'name' | 'title'>) {
  const onClick = () => toggle(PARAMETER, name);
  return h('button', { 'aria-expanded': isShown(name), 'aria-label': words.asTableOf(title), onClick }, words.asTable);
}

/** The table behind a chart, while it is asked for. */
export function ChartTable({ name, title, columns, rows }: Props) {
  if (!isShown(name)) return null;
  return h(
    'div',
    { class: 'chart-table', role: 'region', 'aria-label': title, tabIndex: 0 },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, title),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((column, index) =>
            h('th', { scope: 'col', key: column, class: index > 0 ? 'number' : '' }, column),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map(({ key, cells: [head, ...figures] }) =>
          h(
            'tr',
            { key },
            h('th', { scope: 'row' }, head),
            figures.map((figure, index) => h('td', { key: index, class: 'number' }, figure.toLocaleString('en'))),
          ),
        ),
      ),
    ),
  );
}
