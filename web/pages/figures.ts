import { h } from 'preact';
import { counts } from '../live/connection.ts';
import { Link, Severity } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Counted = { readonly state: string; readonly severity: string; readonly count: number };

const isOpen = ({ state }: Counted) => state !== 'resolved' && state !== 'closed';
const sum = (rows: readonly Counted[]) => rows.reduce((all, { count }) => all + count, 0);

/** How many incidents are open, by severity; those that recover are counted apart. */
export function Figures() {
  const { value } = counts;
  const open = value?.incidents.filter(isOpen) ?? [];
  const of = (severity: string) => open.filter((row) => row.severity === severity && row.state !== 'recovering');
  const figure = (title: unknown, rows: readonly Counted[], query: string) =>
    h(
      'div',
      { class: 'figure' },
      h(
        Link,
        { to: '/incidents', query },
        h('span', { class: 'figure-name' }, title as never),
        h('span', { class: 'figure-value' }, value === null ? '…' : sum(rows).toLocaleString()),
      ),
    );
  return h(
    'div',
    { class: 'figures' },
    figure(words.open, open, ''),
    ['critical', 'major', 'warning'].map((severity) =>
      figure(
        h(Severity, { value: severity }),
        of(severity),
        `severity=${severity}&state=suspected,confirmed,stale,suppressed`,
      ),
    ),
    figure(
      h(Severity, { value: 'recovering' }),
      open.filter(({ state }) => state === 'recovering'),
      'state=recovering',
    ),
  );
}
