import { h } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Fleet } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { textOf } from '../query/values.ts';
import { isWall } from '../router.ts';
import { now } from '../time.ts';
import { ListTable } from '../ui/list-table.ts';
import { Failure, Heard, Link, Panel, SEVERITIES, SeverityCount, Time } from '../ui/parts.ts';
import { Waiting } from '../ui/waiting.ts';
import { words } from '../words/en.ts';
import { openOf, percentOf } from './plant-counts.ts';
import { useSteadyRows } from './steady-rows.ts';

type Row = Fleet['plants'][number];

/** The fleet counts devices without a plant under this name; a filter names them by an empty value. */
export const WITHOUT = 'unknown';

export const filterOf = (plant: string): string => (plant === WITHOUT ? '' : textOf([plant]));

/** Rows that a wall has room for: nobody scrolls there. At a desk the page of plants has the others. */
const [WALL_ROWS, DESK_ROWS] = [8, 100];
const MINUTE_MS = 60_000;

/** Many plants are counted together in one row, which may have the name of a plant. */
const keyOf = ({ name, sumOf }: Row) => (sumOf === null ? `plant ${name}` : 'others');

/** Those with the most open incidents first. */
function sorted(plants: readonly Row[]): readonly Row[] {
  return plants.toSorted((a, b) => openOf(b) - openOf(a) || (a.name < b.name ? -1 : 1));
}

/** The plants, or one of them. Figures change in their places; a wall takes the new order each minute, a desk when asked. */
export function CampaignPlants({ plant }: { readonly plant: string | null }) {
  const loaded = useLoad<Fleet>('fleet', 'live');
  const { data } = loaded;
  const all = useMemo(
    () =>
      data === null ? null : sorted(data.plants.filter((row) => plant === null || keyOf(row) === `plant ${plant}`)),
    [data, plant],
  );
  const { rows, waiting, show } = useSteadyRows(plant ?? '', all, keyOf);
  const minute = isWall.value ? Math.floor(now.value / MINUTE_MS) : 0;
  useEffect(show, [minute]);
  const shown = rows.slice(0, isWall.value ? WALL_ROWS : DESK_ROWS);
  const rest = rows.slice(shown.length);
  return h(
    Panel,
    {
      title: words.plants,
      aside: h('span', {}, !isWall.value && h(Waiting, { count: waiting, show })),
    },
    h(Failure, { loaded }),
    all?.length === 0
      ? h('p', { class: 'doubt' }, plant === null ? words.noPlants : words.noSuchPlant)
      : h(ListTable, {
          ...{ caption: words.plants, columns: words.plantColumns, numbers: [1, 2, 3, 4, 5, 6], ghosts: 5 },
          rows: data === null ? null : shown.map(({ row, mark }) => ({ ...rowOf(row), class: mark })),
        }),
    rest.length > 0 &&
      h(
        'p',
        { class: 'dim' },
        words.morePlants(
          rest.length,
          rest.reduce((sum, { row }) => sum + openOf(row), 0),
        ),
        !isWall.value && [' ', h(Link, { to: '/plants' }, words.allPlants)],
      ),
  );
}

function rowOf(row: Row) {
  const { name, sumOf, severities, conditions, devices, fixed, graceEndsNext, heardAt } = row;
  const query = new URLSearchParams({ plant: filterOf(name) }).toString();
  return {
    key: keyOf(row),
    cells: [
      // No filter means several plants that are not named.
      sumOf === null
        ? h(Link, { to: '/incidents', query }, h('bdi', {}, name === WITHOUT ? words.none : name))
        : words.otherPlants(sumOf),
      openOf(row).toLocaleString('en'),
      ...SEVERITIES.map((value) => h(SeverityCount, { value, count: severities[value] })),
      conditions.recovering.toLocaleString('en'),
      percentOf(fixed, devices),
      h(Time, { at: graceEndsNext, relative: true, mayCome: true }),
      h(Heard, { at: heardAt, relative: true }),
    ],
  };
}
