import { h } from 'preact';
import type { Incident } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { isWall, pathOf, query } from '../router.ts';
import { partOnDemand } from '../ui/on-demand.ts';
import { Failure, GhostLines, Link, Panel, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import { CampaignPlants, filterOf, WITHOUT } from './campaign-plants.ts';
import { Figures } from './figures.ts';

/** Charts come after the first view, which is figures and lists; their place is kept. */
const room = () => h('section', { class: 'panel chart-panel', 'aria-busy': true });
const BurnDown = partOnDemand(async () => (await import('../charts/burn-down.ts')).BurnDown, room);
const GraceWeeks = partOnDemand(async () => (await import('../charts/grace-weeks.ts')).GraceWeeks, room);
const PlantFigures = partOnDemand(async () => (await import('./plant-figures.ts')).PlantFigures);

/** The whole fleet, or one plant of it: how many are open, where, and what changed last. */
export function Campaign() {
  const given = query.value.get('plant');
  const plant = given === '' ? WITHOUT : given;
  // The history names devices without a plant by an empty text.
  const charted = plant === WITHOUT ? '' : plant;
  return h(
    'div',
    { class: 'campaign' },
    plant === null
      ? h('h1', { class: 'unseen' }, words.campaign)
      : h('h1', {}, words.plant, ' ', h('bdi', {}, charted || words.none)),
    plant === null
      ? h(Figures, {})
      : h(PlantFigures, { plant: charted ?? '', filter: new URLSearchParams({ plant: filterOf(plant) }).toString() }),
    h('div', { class: 'pair wide' }, h(BurnDown, { plant: charted }), h(GraceWeeks, { plant: charted })),
    h('div', { class: 'pair wide' }, h(CampaignPlants, { plant }), h(LastChanges, { plant })),
  );
}

/** Changes that are shown; a wall has room for fewer. */
const [LAST, WALL_LAST] = [12, 9];

function LastChanges({ plant }: { readonly plant: string | null }) {
  const asked = new URLSearchParams({
    sort: '-changedAt',
    limit: `${isWall.value ? WALL_LAST : LAST}`,
    ...(plant === null ? {} : { plant: filterOf(plant) }),
  });
  const loaded = useLoad<{ incidents: readonly Incident[] }>(`incidents?${asked}`, 'live');
  const { data, error } = loaded;
  return h(
    Panel,
    { title: words.lastChanges },
    h(Failure, { loaded }),
    data === null && error === null && h(GhostLines, { lines: isWall.value ? WALL_LAST : LAST }),
    data?.incidents.length === 0 && h('p', { class: 'dim' }, words.noChanges),
    h(
      'ul',
      { class: 'plain' },
      data?.incidents.map(({ id, device, state, severity, changedAt }) =>
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
