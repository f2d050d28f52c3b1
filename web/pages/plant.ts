import { h } from 'preact';
import type { Plant as Answer } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { textOf } from '../query/values.ts';
import { pathOf } from '../router.ts';
import type { PageProps } from '../ui/app.ts';
import { Copy } from '../ui/copy.ts';
import { Facts, Failure, Link, Panel, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import type { Facets } from './facets.ts';
import { GraceEnds } from './grace-ends.ts';
import { LossTable } from './losses.ts';
import { NextDevices } from './next-devices.ts';
import { Pace } from './pace.ts';
import { isWithout, percentOf, shownPlant, WITHOUT } from './plant-name.ts';

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
  if (data === null) return h('div', { 'aria-busy': error === null }, title, h(Failure, { loaded }));
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
      h(Copy, { text: location.href, label: words.copyLink }),
    ),
    h(Failure, { loaded }),
    h(Severities, { filter }),
    h('div', { class: 'pair' }, h(Pace, { plant }), h(GraceEnds, { plant })),
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

/** Open incidents by severity; those that recover are counted apart, as on Campaign. */
function Severities({ filter }: { readonly filter: URLSearchParams }) {
  const failing = 'suspected,confirmed,stale,suppressed';
  const { data } = useLoad<Facets>(`incidents/facets?state=${failing}&${filter}`, 'live');
  const count = (facet: string, value: string) => data?.facets[facet]?.find((each) => each.value === value)?.count ?? 0;
  const figure = (value: string, number: number, query: string) =>
    h(
      'div',
      { class: 'figure', key: value },
      h(
        Link,
        { to: '/incidents', query: `${query}&${filter}` },
        h('span', { class: 'figure-name' }, h(Severity, { value })),
        h('span', { class: 'figure-value' }, data === null ? '…' : number.toLocaleString()),
      ),
    );
  return h(
    'div',
    { class: 'figures' },
    ['critical', 'major', 'warning'].map((severity) =>
      figure(severity, count('severity', severity), `severity=${severity}&state=${failing}`),
    ),
    figure('recovering', count('state', 'recovering'), 'state=recovering'),
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
        [words.devices, devices.toLocaleString()],
        [words.affectedDevices, affected.toLocaleString()],
        [words.fixedDevices, `${fixed.toLocaleString()} · ${percentOf(fixed, devices)}`],
        [words.unheardDevices, conditions.unheard.toLocaleString()],
        [words.repairs, words.repairCounts(seen, verifying, verified)],
        [words.levelTooLowDevices, levelTooLow.toLocaleString()],
        [words.lastHeardHour, heardAt === null ? words.neverHeardOf : h(Time, { at: heardAt, relative: true })],
        [words.completeness, completeness === null ? words.noLoss : `${completeness} %`],
      ],
    }),
  );
}
