import { h } from 'preact';
import type { Incident } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import { Failure, Link, Panel, Severity, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

const SHOWN = 5;

/** The latest incidents of a device, the open one first: what it had before. */
export function DeviceIncidents({ device }: { readonly device: string }) {
  const asked = new URLSearchParams({ device, sort: '-openedAt' });
  const name = `incidents?${asked}&limit=${SHOWN}`;
  const loaded = useLoad<{ incidents: readonly Incident[]; next: string | null }>(name, () => ({
    key: device,
    peer: null,
  }));
  const { data } = loaded;
  return h(
    Panel,
    { title: words.incidents, aside: h(Link, { to: '/incidents', query: `${asked}&state=any` }, words.allIncidents) },
    h(Failure, { loaded }),
    data?.incidents.length === 0 && h('p', { class: 'dim' }, words.noIncidentYet),
    h(
      'ul',
      { class: 'plain' },
      data?.incidents.map(({ id, severity, state, openedAt, changedAt }) =>
        h(
          'li',
          { key: id },
          h(Link, { to: `/incidents${pathOf(id)}` }, h('bdi', {}, id)),
          ' ',
          h(Severity, { value: severity }),
          ` · ${state} `,
          h(Time, { at: changedAt, relative: true }),
          ` · ${words.openedAt} `,
          h(Time, { at: openedAt }),
        ),
      ),
    ),
    data !== null && data.next !== null && h('p', { class: 'dim' }, words.latestShown(SHOWN)),
  );
}
