import { type ComponentChildren, h } from 'preact';
import { apiUrl } from '../api.ts';
import { csvOf } from '../query/lists.ts';
import { words } from '../words/en.ts';
import { CopyLink } from './copy.ts';

type Props = {
  readonly title: string;
  /** How many rows there are in all; undefined: it is not shown, or not known yet. */
  readonly total?: number | undefined;
  /** The list of the API, and what of it is shown: its CSV has all pages of that. */
  readonly list: string;
  readonly asked: URLSearchParams;
  /** Behind the title. */
  readonly children?: ComponentChildren;
  /** Before the links to the CSV and to this page. */
  readonly actions?: ComponentChildren;
};

/** The top of a list. */
export function ListBar({ title, total, list, asked, children, actions }: Props) {
  return h(
    'div',
    { class: 'bar' },
    h('h1', {}, title, total !== undefined && h('span', { class: 'dim' }, ` ${total.toLocaleString('en')}`)),
    children,
    h('span', { class: 'spring' }),
    actions,
    h(CsvLink, { list, asked }),
    h(CopyLink, {}),
  );
}

export function CsvLink({ list, asked }: Pick<Props, 'list' | 'asked'>) {
  return h('a', { class: 'button', href: apiUrl(csvOf(list, asked)), download: '' }, words.csv);
}
