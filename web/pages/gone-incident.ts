import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import type { IncidentOrGone } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { open, pathOf } from '../router.ts';
import { Link, Time } from '../ui/parts.ts';
import { words } from '../words/gone.ts';

type Gone = Extract<IncidentOrGone, { readonly movedTo: string } | { readonly withdrawn: string }>;

/**
 * An incident that is another one now, or none. A link to it leads on to where it went; who was looking at it (`wasShown`) stays
 * and is told.
 */
export function GoneIncident({ gone, wasShown }: { readonly gone: Gone; readonly wasShown: boolean }) {
  const { id } = gone;
  const movedTo = 'movedTo' in gone ? gone.movedTo : null;
  useEffect(() => {
    if (movedTo !== null && !wasShown) open(`/incidents${pathOf(movedTo)}`, new URLSearchParams({ from: id }), true);
  }, [movedTo]);
  return h(
    'div',
    {},
    h('h1', {}, h('bdi', {}, id)),
    'withdrawn' in gone
      ? [
          h('p', { class: 'empty' }, words.withdrawn, ' ', h(Time, { at: gone.withdrawn }), '.'),
          h('p', {}, words.deviceOfIt, ' ', h(DeviceLink, { device: deviceIn(id) })),
        ]
      : h(
          'p',
          { class: 'empty' },
          words.moved,
          ' ',
          h(Link, { to: `/incidents${pathOf(gone.movedTo)}` }, h('bdi', {}, gone.movedTo)),
        ),
  );
}

/** Says that `from` led here, if it did. */
export function CameFrom({ from, id }: { readonly from: string; readonly id: string }) {
  const { data } = useLoad<IncidentOrGone>(`incidents${pathOf(from)}`);
  const isSo = data !== null && 'movedTo' in data && data.movedTo === id;
  return h('p', { role: 'status', class: isSo ? 'empty' : undefined }, isSo && [h('bdi', {}, from), ` ${words.isNow}`]);
}

function DeviceLink({ device }: { readonly device: string }) {
  return h(Link, { to: `/devices${pathOf(device)}` }, h('bdi', {}, device));
}

/** The device in an id: between the word of the advisory and the number. */
const deviceIn = (id: string): string => /^[a-z0-9]+-(.+)-\d+$/.exec(id)?.[1] ?? id;
