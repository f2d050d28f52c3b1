import { h } from 'preact';
import type { ListedPlant } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { isFurtherPage, picked } from '../query/lists.ts';
import { pathOf } from '../router.ts';
import { ListBar } from '../ui/list-bar.ts';
import { ListTable, NoRows, Pages } from '../ui/list-table.ts';
import { Failure, Heard, Link, SEVERITIES, SeverityCount, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { openOf, percentOf } from './plant-counts.ts';
import { isWithout } from './plant-name.ts';

/** All plants, each with the counts of its devices. */
export function Plants() {
  const name = `plants?${picked(['cursor'])}`;
  const loaded = useLoad<{ plants: readonly ListedPlant[]; next: string | null }>(name, 'live');
  const rows = loaded.data?.plants ?? null;
  // The last page may have nothing but devices without a plant.
  const isEmpty = isFurtherPage() ? rows?.length === 0 : rows?.every(({ name }) => isWithout(name)) === true;
  return h(
    'div',
    { class: 'listing' },
    h(ListBar, { title: words.plants, list: 'plants', asked: new URLSearchParams() }),
    h(Failure, { loaded }),
    loaded.of === name &&
      isEmpty &&
      h(NoRows, {}, h('p', { class: 'empty' }, words.noPlants, ' ', h(Link, { to: '/import' }, words.importInventory))),
    rows?.length !== 0 &&
      h(ListTable, {
        caption: words.plants,
        columns: words.plantListColumns,
        rows: rows?.map(rowOf) ?? null,
        numbers: [1, 2, 3, 4, 5, 6, 9],
      }),
    h(Pages, { next: loaded.data?.next }),
  );
}

function rowOf(plant: ListedPlant) {
  const { name, sumOf, devices, fixed, conditions, severities, grace, graceEndsNext, heardAt } = plant;
  const shown = (number: number) => number.toLocaleString('en');
  return {
    key: sumOf === null ? `plant ${name}` : 'others',
    cells: [
      sumOf === null
        ? h(Link, { to: `/plants${pathOf(name)}` }, h('bdi', {}, isWithout(name) ? words.noPlant : name))
        : words.otherPlants(sumOf),
      shown(openOf(plant)),
      ...SEVERITIES.map((value) => h(SeverityCount, { value, count: severities[value] })),
      shown(conditions.recovering),
      percentOf(fixed, devices),
      [
        grace.over > 0 && `▲ ${words.graceOverCount(grace.over)} `,
        h(Time, { at: graceEndsNext, relative: true, mayCome: true }),
      ],
      h(Heard, { at: heardAt, relative: true }),
      shown(devices),
    ],
  };
}
