import { h } from 'preact';
import type { History } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { Failure, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';

/** How fast open incidents fall, against what is needed. `plant`: empty: of devices without one. */
export function Pace({ plant }: { readonly plant: string }) {
  const loaded = useLoad<History>(`fleet/history?${new URLSearchParams({ plant })}`, 'live');
  const { data } = loaded;
  const isSlow = data !== null && data.neededPerDay > data.donePerDay;
  return h(
    Panel,
    { title: words.pace },
    h(Failure, { loaded }),
    data !== null && [
      h(
        'p',
        { class: isSlow ? 'doubt' : 'well' },
        `${isSlow ? '▲' : '✓'} ${words.paceText(data.neededPerDay, data.donePerDay, isSlow)}`,
      ),
      data.withoutGrace > 0 && h('p', { class: 'dim' }, words.withoutGrace(data.withoutGrace)),
      h(Days, { days: data.days }),
    ],
  );
}

/** Days that are shown. */
const DAYS = 7;

function Days({ days }: Pick<History, 'days'>) {
  return h(
    'table',
    {},
    h('caption', { class: 'unseen' }, words.pace),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        words.paceColumns.map((name, index) =>
          h('th', { scope: 'col', key: name, class: index > 0 ? 'number' : '' }, name),
        ),
      ),
    ),
    h(
      'tbody',
      {},
      days
        .slice(-DAYS)
        .toReversed()
        .map(({ day, opened, resolved, closed, reopened, open, assumed }) =>
          h(
            'tr',
            { key: day },
            h('th', { scope: 'row' }, day, assumed && h('span', { class: 'dim' }, ` ${words.assumed}`)),
            [open, opened + reopened, resolved + closed].map((number, index) =>
              h('td', { key: index, class: 'number' }, number.toLocaleString()),
            ),
          ),
        ),
    ),
  );
}
