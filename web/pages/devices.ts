import { h } from 'preact';
import type { Device } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { ask, pathOf, query } from '../router.ts';
import { Failure, Ghosts, Link, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

const CONDITIONS = [
  'ok',
  'heard',
  'unheard',
  'watching',
  'suspected',
  'confirmed',
  'recovering',
  'stale',
  'suppressed',
];

/** Devices that have sent a message that counts, or are in the inventory. */
export function Devices() {
  const asked = new URLSearchParams();
  for (const name of ['condition', 'plant', 'cursor']) {
    const value = query.value.get(name);
    if (value !== null) asked.set(name, value);
  }
  const loaded = useLoad<{ devices: readonly Device[]; next: string | null }>(`devices?${asked}`);
  const condition = query.value.get('condition') ?? '';
  const choose = (event: Event) => ask({ condition: (event.target as HTMLSelectElement).value });
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'bar' },
      h('h1', {}, words.devices),
      h(
        'label',
        {},
        `${words.condition} `,
        h(
          'select',
          { value: condition, onChange: choose },
          h('option', { value: '' }, words.all),
          CONDITIONS.map((name) => h('option', { value: name, key: name }, name)),
        ),
      ),
    ),
    h(Failure, { loaded }),
    loaded.data?.devices.length === 0
      ? h('p', { class: 'empty' }, asked.size === 0 ? words.neverHeard : words.nothingMatches)
      : h(
          'table',
          { class: 'cards' },
          h('caption', { class: 'unseen' }, words.devices),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              words.deviceColumns.map((name) => h('th', { scope: 'col', key: name }, name)),
            ),
          ),
          loaded.data === null
            ? h(Ghosts, { rows: 12, columns: words.deviceColumns.length })
            : h(
                'tbody',
                {},
                loaded.data.devices.map((device) => h(Row, { device, key: device.key })),
              ),
        ),
    h(
      'p',
      { class: 'buttons' },
      query.value.has('cursor') && h('button', { onClick: () => ask({ cursor: null }) }, words.firstPage),
      loaded.data?.next != null &&
        h('button', { onClick: () => ask({ cursor: loaded.data?.next ?? null }) }, words.nextPage),
    ),
  );
}

function Row({ device: { key, condition, plant, pid, release, status, heardAt } }: { readonly device: Device }) {
  const cells = [
    condition,
    h('bdi', {}, plant ?? '–'),
    h('bdi', {}, pid ?? '–'),
    `${release ?? '–'} · ${status}`,
    h(Time, { at: heardAt, relative: true }),
  ];
  return h(
    'tr',
    { 'data-row': '' },
    h('th', { scope: 'row' }, h(Link, { to: `/devices${pathOf(key)}` }, h('bdi', {}, key))),
    cells.map((cell, index) => h('td', { key: index, 'data-name': words.deviceColumns[index + 1] }, cell)),
  );
}
