import { h } from 'preact';
import type { GraceEnds as Answer } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { dayOf } from '../time.ts';
import { Failure, Panel } from '../ui/parts.ts';
import { words } from '../words/en.ts';

/** When the grace periods of failing devices end, by week. `plant`: null: of all; empty: of devices without one. */
export function GraceEnds({ plant }: { readonly plant: string | null }) {
  const query = plant === null ? '' : `?${new URLSearchParams({ plant })}`;
  const loaded = useLoad<Answer>(`fleet/grace${query}`, 'live');
  const { data } = loaded;
  const rows =
    data === null
      ? []
      : [
          { when: words.graceOver, count: data.over },
          ...data.weeks.map(({ from, count }) => ({ when: `${words.graceWeek} ${dayOf(from)}`, count })),
          { when: words.graceAtMost, count: data.bounded },
        ].filter(({ count }) => count > 0);
  return h(
    Panel,
    { title: words.graceEnd },
    h(Failure, { loaded }),
    data !== null && rows.length === 0 && h('p', { class: 'dim' }, words.noGrace),
    rows.length > 0 &&
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            words.graceColumns.map((name) => h('th', { scope: 'col', key: name }, name)),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map(({ when, count }) =>
            h(
              'tr',
              { key: when },
              h('th', { scope: 'row' }, when),
              h('td', { class: 'number' }, count.toLocaleString()),
            ),
          ),
        ),
      ),
  );
}
