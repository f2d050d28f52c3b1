import { h } from 'preact';
import type { Plant as Answer } from '../../src/serve/schemas.ts';
import { BurnDown } from '../charts/burn-down.ts';
import { GraceWeeks } from '../charts/grace-weeks.ts';
import { useLoad } from '../load.ts';
import { textOf } from '../query/values.ts';
import { pathOf } from '../router.ts';
import type { PageProps } from '../ui/app.ts';
import { CopyLink } from '../ui/copy.ts';
import { Facts, Failure, Heard, Link, NotYet, Panel } from '../ui/parts.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { words } from '../words/later.ts';
import { LossTable } from './losses.ts';
import { NextDevices } from './next-devices.ts';
import { percentOf } from './plant-counts.ts';
import { PlantFigures } from './plant-figures.ts';
import { isWithout, shownPlant, WITHOUT } from './plant-name.ts';

/** One plant: how much is open, how fast it falls, who is next, and whose lines are missing. An empty name: devices without one. */
export function Plant({ name: given }: PageProps) {
  const name = given === '' ? WITHOUT : given;
  const loaded = useLoad<Answer>(`plants${pathOf(name)}`, 'live');
  const { data, error } = loaded;
  const title = h('h1', {}, h('bdi', {}, shownPlant(name)));
  if (error?.status === 404)
    return h(
      'div',
      {},
      title,
      h('p', { class: 'empty' }, words.noSuchPlant, ' ', h(Link, { to: '/plants' }, words.plants)),
    );
  if (data === null) return h(NotYet, { heading: title, loaded });
  const plant = isWithout(name) ? '' : name;
  const filter = new URLSearchParams({ plant: isWithout(name) ? '' : textOf([name]) });
  return h(
    'article',
    {},
    h(
      'div',
      { class: 'bar' },
      title,
      h(Link, { to: '/devices', query: filter.toString() }, words.itsDevices),
      h(Link, { to: '/messages', query: filter.toString() }, words.itsMessages),
      h('span', { class: 'spring' }),
      h(CopyLink, {}),
      h(ReadOnly, {}),
    ),
    h(Failure, { loaded }),
    h(PlantFigures, { plant, filter: filter.toString() }),
    h('div', { class: 'pair wide' }, h(BurnDown, { plant }), h(GraceWeeks, { plant })),
    h(NextDevices, { plant: name, filter }),
    h(
      'div',
      { class: 'pair' },
      h(PlantFacts, { plant: data }),
      h(
        Panel,
        { title: words.sendersWithLoss },
        data.senders.length === 0 ? h('p', { class: 'dim' }, words.noLoss) : h(LossTable, { senders: data.senders }),
      ),
    ),
  );
}

function PlantFacts({ plant }: { readonly plant: Answer }) {
  const { devices, affected, fixed, conditions, remediation, levelTooLow, heardAt, completeness } = plant;
  const { seen, verifying, verified } = remediation;
  return h(
    Panel,
    { title: words.facts },
    h(Facts, {
      rows: [
        [words.devices, devices.toLocaleString('en')],
        [words.affectedDevices, affected.toLocaleString('en')],
        [words.fixedDevices, `${fixed.toLocaleString('en')} · ${percentOf(fixed, devices)}`],
        [words.unheardDevices, conditions.unheard.toLocaleString('en')],
        [words.repairs, words.repairCounts(seen, verifying, verified)],
        [words.levelTooLowDevices, levelTooLow.toLocaleString('en')],
        [words.lastHeardHour, h(Heard, { at: heardAt, relative: true })],
        [words.completeness, completeness === null ? words.noLoss : `${completeness} %`],
      ],
    }),
  );
}
