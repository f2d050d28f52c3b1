import { h } from 'preact';
import type { Fleet, Incident } from '../../src/serve/schemas.ts';
import { counts } from '../live/connection.ts';
import { useLoad } from '../load.ts';
import { pathOf, query } from '../router.ts';
import { Failure, Ghosts, Link, Panel, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Counted = { readonly state: string; readonly severity: string; readonly count: number };

const isOpen = ({ state }: Counted) => state !== 'resolved' && state !== 'closed';
const sum = (rows: readonly Counted[]) => rows.reduce((all, { count }) => all + count, 0);

/** The whole fleet: how many are open, where, and what changed last. */
export function Campaign() {
  const plant = query.value.get('plant');
  return h(
    'div',
    { class: 'campaign' },
    h('h1', { class: 'unseen' }, words.campaign),
    h(Figures, {}),
    h('div', { class: 'pair wide' }, h(Plants, { plant }), h(LastChanges, { plant })),
  );
}

function Figures() {
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
      {},
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
                      query: new URLSearchParams({ plant: row.name.replace(/[\\,]/g, '\\$&') }).toString(),
                    },
                    h('bdi', {}, row.name || words.none),
                  ),
                ),
                cells(row).map((value, index) => h('td', { key: index, class: 'number' }, value.toLocaleString())),
                h('td', {}, h(Time, { at: row.graceEndsNext, relative: true })),
              ),
            ),
          ),
    ),
    loaded.data !== null && plants.length === 0 && h('p', { class: 'dim' }, words.noPlants),
  );
}

const LAST = 12;

function LastChanges({ plant }: { readonly plant: string | null }) {
  const asked = new URLSearchParams({
    sort: '-changedAt',
    limit: `${LAST}`,
    ...(plant === null ? {} : { plant: plant.replace(/[\\,]/g, '\\$&') }),
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
