import { h } from 'preact';
import type { Fleet, Incident } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { textOf } from '../query/values.ts';
import { pathOf, query } from '../router.ts';
import { Failure, Ghosts, Link, Panel, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import { Figures } from './figures.ts';
import { GraceEnds } from './grace-ends.ts';

/** The whole fleet: how many are open, where, and what changed last. */
export function Campaign() {
  const plant = query.value.get('plant');
  return h(
    'div',
    { class: 'campaign' },
    h('h1', { class: 'unseen' }, words.campaign),
    h(Figures, {}),
    h(
      'div',
      { class: 'pair wide' },
      h(Plants, { plant }),
      h('div', {}, h(GraceEnds, { plant: plant === WITHOUT ? '' : plant }), h(LastChanges, { plant })),
    ),
  );
}

function Plants({ plant }: { readonly plant: string | null }) {
  const loaded = useLoad<Fleet>('fleet', 'live');
  const plants = loaded.data?.plants.filter(({ name }) => plant === null || name === plant) ?? [];
  const cells = (row: Fleet['all']) => {
    const { suspected, confirmed, stale, suppressed, recovering } = row.conditions;
    return [suspected + confirmed + stale + suppressed + recovering, recovering, row.devices, row.fixed];
  };
  return h(
    Panel,
    { title: words.plants },
    h(Failure, { loaded }),
    h(
      'table',
      { class: 'cards' },
      h('caption', { class: 'unseen' }, words.plants),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          words.plantColumns.map((name) => h('th', { scope: 'col', key: name }, name)),
        ),
      ),
      loaded.data === null
        ? h(Ghosts, { rows: 5, columns: words.plantColumns.length })
        : h(
            'tbody',
            {},
            plants.map((row) =>
              h(
                'tr',
                { key: row.name },
                h(
                  'th',
                  { scope: 'row' },
                  h(
                    Link,
                    {
                      to: '/incidents',
                      query: new URLSearchParams({ plant: filterOf(row.name) }).toString(),
                    },
                    h('bdi', {}, row.name || words.none),
                  ),
                ),
                cells(row).map((value, index) =>
                  h(
                    'td',
                    { key: index, class: 'number', 'data-name': words.plantColumns[index + 1] },
                    value.toLocaleString(),
                  ),
                ),
                h('td', { 'data-name': words.plantColumns.at(-1) }, h(Time, { at: row.graceEndsNext, relative: true })),
              ),
            ),
          ),
    ),
    loaded.data !== null && plants.length === 0 && h('p', { class: 'dim' }, words.noPlants),
  );
}

/** The fleet counts devices without a plant under this name; a filter names them by an empty value. */
const WITHOUT = 'unknown';

function filterOf(plant: string): string {
  return plant === WITHOUT ? '' : textOf([plant]);
}

const LAST = 12;

function LastChanges({ plant }: { readonly plant: string | null }) {
  const asked = new URLSearchParams({
    sort: '-changedAt',
    limit: `${LAST}`,
    ...(plant === null ? {} : { plant: filterOf(plant) }),
  });
  const loaded = useLoad<{ incidents: readonly Incident[] }>(`incidents?${asked}`, 'live');
  return h(
    Panel,
    { title: words.lastChanges },
    h(Failure, { loaded }),
    loaded.data?.incidents.length === 0 && h('p', { class: 'dim' }, words.noChanges),
    h(
      'ul',
      { class: 'plain' },
      loaded.data?.incidents.map(({ id, device, state, severity, changedAt }) =>
        h(
          'li',
          { key: id },
          h(Time, { at: changedAt, relative: true }),
          ' ',
          h(Severity, { value: severity }),
          ' ',
          h(Link, { to: `/incidents${pathOf(id)}` }, h('bdi', {}, device)),
          ` ${state}`,
        ),
      ),
    ),
  );
}
