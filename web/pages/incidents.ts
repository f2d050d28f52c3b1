import { h } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Incident } from '../../src/serve/schemas.ts';
import { answerOf, useLoad } from '../load.ts';
import { choice, toggled } from '../query/choice.ts';
import { ask, query } from '../router.ts';
import { ListBar } from '../ui/list-bar.ts';
import { NoRows, Pages } from '../ui/list-table.ts';
import { partOnDemand } from '../ui/on-demand.ts';
import { Failure, Ghosts } from '../ui/parts.ts';
import { Waiting } from '../ui/waiting.ts';
import { words } from '../words/en.ts';
import { EmptyList } from './empty-list.ts';
import { FacetColumn, type Facets } from './facets.ts';
import { facetNames, filtersOf, isFiltered, listOf } from './incident-filter.ts';
import { IncidentRow } from './incident-row.ts';
import { useSteadyRows } from './steady-rows.ts';

type List = { readonly incidents: readonly Incident[]; readonly next: string | null };

const COLUMNS = ['severity', 'state', 'device', 'plant', 'cause', 'opened', 'grace', 'by'] as const;
/** The order that a heading asks for. */
const SORTS: Readonly<Record<string, string>> = {
  severity: '-severity',
  device: 'device',
  opened: '-openedAt',
  grace: 'graceUntil',
};

/** Rows are there before anybody acts on them. */
const ChoiceBar = partOnDemand(async () => (await import('./choice-bar.ts')).ChoiceBar);
const BulkOutcome = partOnDemand(async () => (await import('./bulk-outcome.ts')).BulkOutcome);

const idOf = ({ id }: Incident) => id;

/** The list of incidents: by filters, live without a row that moves. */
export function Incidents() {
  const search = query.value;
  const asked = listOf(search);
  const name = `incidents?${asked}`;
  const list = useLoad<List>(name, 'live');
  const filter = `${filtersOf(search)}`;
  const counts = `incidents/facets?${filter}`;
  const counted = useLoad<Facets>(list.data === null ? null : counts, 'live');
  const total = answerOf(counted, counts)?.total;
  const fresh = answerOf(list, name)?.incidents ?? null;
  const { rows, waiting, show } = useSteadyRows(name, fresh, idOf, list.data?.next != null);
  const { rows: chosenRows, all } = choice.value;
  const shown = fresh === null ? [] : rows.flatMap(({ row, mark }) => (mark === 'left' ? [] : [row]));
  const choose = (row: Incident, isRange: boolean) => {
    choice.value = toggled(choice.value, row, isRange ? shown : null);
  };
  const again = () => void Promise.all([list.again(), counted.again()]);
  const sort = asked.get('sort');
  const heads = COLUMNS.map((name) => {
    const order = SORTS[name];
    const sorted = order !== undefined && order === sort;
    return h(
      'th',
      { scope: 'col', key: name, 'aria-sort': sorted ? 'other' : undefined },
      order === undefined
        ? words.columns[name]
        : h('button', { class: 'sort', onClick: () => ask({ sort: order }) }, words.columns[name], sorted ? ' ▾' : ''),
    );
  });
  const isEmpty = fresh?.length === 0 && rows.length === 0;
  return h(
    'div',
    { class: 'listing' },
    h(ListBar, { title: words.incidents, total, list: 'incidents', asked }, h(Search, {})),
    h(
      'div',
      { class: 'columns' },
      h(FacetColumn, { loaded: counted, names: facetNames }),
      h(
        'div',
        { class: 'rows' },
        h(BulkOutcome, {}),
        h(
          'div',
          { class: 'choosing' },
          h(ChoiceBar, { shown, filter, total: total ?? null, again }),
          h('p', { class: 'pill' }, h(Waiting, { count: waiting, show })),
        ),
        h(Failure, { loaded: list }),
        isEmpty
          ? h(NoRows, {}, h(EmptyList, { isFiltered: isFiltered(search) }))
          : h(
              'table',
              { class: 'cards' },
              h('caption', { class: 'unseen' }, words.incidents),
              h('thead', {}, h('tr', {}, h('td', { class: 'choose' }), heads)),
              list.data === null
                ? h(Ghosts, { rows: 12, columns: COLUMNS.length + 1 })
                : h(
                    'tbody',
                    {},
                    rows.map(({ row, mark }) =>
                      h(IncidentRow, {
                        ...{ incident: row, mark, key: row.id },
                        isChosen: all === null ? chosenRows.has(row.id) : mark !== 'left',
                        choose: all === null ? (isRange) => choose(row, isRange) : null,
                      }),
                    ),
                  ),
            ),
        h(Pages, { next: list.data?.next, rows: fresh?.length, total: counted.data?.total }),
      ),
    ),
  );
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  const asked = query.value.get('q') ?? '';
  // It stays the same element, so that who has typed into it keeps the focus.
  useLayoutEffect(() => {
    if (field.current !== null) field.current.value = asked;
  }, [asked]);
  const submit = (event: Event) => {
    event.preventDefault();
    ask({ q: `${new FormData(event.currentTarget as HTMLFormElement).get('q') ?? ''}`.trim() });
  };
  return h(
    'form',
    { role: 'search', onSubmit: submit },
    h('input', {
      name: 'q',
      type: 'search',
      'aria-label': words.search,
      placeholder: words.search,
      maxLength: 256,
      ref: field,
    }),
  );
}
