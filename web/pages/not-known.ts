import { h } from 'preact';
import { useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import { Failure, Items, Link, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { otherNames } from './device-facts.ts';

type Found = { readonly devices: readonly { readonly key: string; readonly names: string[] }[] };

/** A name under which no device is known: who is like it, and why a switch may be missing. `isPart`: of a page with a heading. */
export function NotKnown({ name, isPart = false }: { readonly name: string; readonly isPart?: boolean }) {
  const asked = name.slice(0, 256);
  const found = useLoad<Found>(asked === '' ? null : `search?${new URLSearchParams({ q: asked })}`);
  const devices = found.data?.devices ?? [];
  return h(
    'div',
    {},
    h(isPart ? 'h2' : 'h1', {}, h('bdi', {}, name)),
    h('p', { class: 'conclusion' }, words.notKnown),
    h(Failure, { loaded: found }),
    devices.length > 0 &&
      h(
        Panel,
        { title: words.similarNames },
        h(
          'ul',
          { class: 'plain' },
          devices.map((device) =>
            h(
              'li',
              { key: device.key },
              h(Link, { to: `/devices${pathOf(device.key)}` }, h('bdi', {}, device.key)),
              ' ',
              h('bdi', { class: 'dim' }, otherNames(device).join(' = ')),
            ),
          ),
        ),
      ),
    h(
      Panel,
      { title: words.whyMissing },
      h(Items, { items: words.missingReasons }),
      h('p', {}, h(Link, { to: '/import' }, words.importInventory), ' · ', h(Link, { to: '/health' }, words.seeDrops)),
    ),
  );
}
