import { h } from 'preact';
import type { Device } from '../../src/serve/schemas.ts';
import { answerOf, useLoad } from '../load.ts';
import { picked } from '../query/lists.ts';
import { pathOf, query } from '../router.ts';
import { ListBar } from '../ui/list-bar.ts';
import { ListTable, NoRows, Pages } from '../ui/list-table.ts';
import { Failure, Heard, Link } from '../ui/parts.ts';
import { QueryForm } from '../ui/query-form.ts';
import { Waiting } from '../ui/waiting.ts';
import { words } from '../words/later.ts';
import { FacetColumn, type Facets } from './facets.ts';
import { useSteadyRows } from './steady-rows.ts';

const FACETS = ['condition', 'status', 'listed', 'plant', 'product', 'release'] as const;
const FILTERS = [...FACETS, 'q', 'heardBefore'];
const COLUMNS = words.deviceColumns;
/** By the place of the column. The longest silent first: that is what one looks for. */
const SORTS = { 0: 'device', 5: 'heardAt' };

/** Devices that have sent a message that counts, or are in the inventory. */
export function Devices() {
  const filters = picked(FILTERS);
  const asked = picked([...FILTERS, 'sort', 'cursor']);
  const name = `devices?${asked}`;
  const loaded = useLoad<{ devices: readonly Device[]; next: string | null }>(name, 'live');
  const counts = `devices/facets?${filters}`;
  const counted = useLoad<Facets>(loaded.data === null ? null : counts, 'live');
  const fresh = answerOf(loaded, name)?.devices ?? null;
  const { rows, waiting, show } = useSteadyRows(name, fresh, keyOf, loaded.data?.next != null);
  const isEmpty = fresh?.length === 0 && rows.length === 0;
  return h(
    'div',
    { class: 'listing' },
    h(
      ListBar,
      { title: words.devices, total: answerOf(counted, counts)?.total, list: 'devices', asked },
      h(QueryForm, {
        label: words.devices,
        fields: [
          { name: 'q', label: words.search, kind: 'search', maxLength: 128 },
          { name: 'heardBefore', label: words.silentSince, kind: 'day' },
        ],
      }),
    ),
    h(
      'div',
      { class: 'columns' },
      h(FacetColumn, { loaded: counted, names: FACETS }),
      h(
        'div',
        { class: 'rows' },
        h('p', { class: 'pill' }, h(Waiting, { count: waiting, show })),
        h(Failure, { loaded }),
        isEmpty
          ? h(NoRows, {}, h(Empty, { isFiltered: filters.size > 0 }))
          : h(ListTable, {
              ...{ caption: words.devices, columns: COLUMNS, sorts: SORTS },
              rows: loaded.data === null ? null : rows.map(({ row, mark }) => ({ ...rowOf(row), class: mark })),
              sort: query.value.get('sort') ?? 'device',
            }),
        h(Pages, { next: loaded.data?.next, rows: fresh?.length, total: counted.data?.total }),
      ),
    ),
  );
}

const keyOf = ({ key }: Device) => key;

function rowOf({ key, condition, plant, product, release, status, heardAt, incident }: Device) {
  return {
    key,
    cells: [
      h(Link, { to: `/devices${pathOf(key)}` }, h('bdi', {}, key)),
      incident === null ? condition : h(Link, { to: `/incidents${pathOf(incident)}` }, condition),
      h('bdi', {}, plant ?? '–'),
      h('bdi', {}, product ?? '–'),
      h('bdi', {}, `${release ?? '–'} · ${status}`),
      h(Heard, { at: heardAt, relative: true }),
    ],
  };
}

/** Why the list is empty; it never looks like "all well". */
function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  if (!isFiltered)
    return h('p', { class: 'empty doubt' }, words.noDevices, ' ', h(Link, { to: '/import' }, words.importInventory));
  return h('p', { class: 'empty' }, words.nothingMatches, ' ', h(Link, { to: '/devices' }, words.clearFilters));
}
