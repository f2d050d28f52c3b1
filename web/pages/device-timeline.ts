import { h } from 'preact';
import type { TimelineRow } from '../../src/serve/schemas.ts';
import { apiUrl } from '../api.ts';
import { useLoad } from '../load.ts';
import { chosen, csvOf, picked, toggle } from '../query/lists.ts';
import { pathOf } from '../router.ts';
import { Pages } from '../ui/list-table.ts';
import { Failure, Link, Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Kind = TimelineRow['kind'];
const KINDS = Object.keys(words.timelineKinds) as Kind[];

/** What happened to a device, the newest first; the chosen kinds stand in the URL, none means all. */
export function DeviceTimeline({ device }: { readonly device: string }) {
  const list = `devices${pathOf(device)}/timeline`;
  const asked = picked(['kinds', 'cursor']);
  const loaded = useLoad<{ timeline: readonly TimelineRow[]; next: string | null }>(`${list}?${asked}`, 'often');
  const kinds = chosen('kinds');
  const rows = loaded.data?.timeline ?? null;
  return h(
    Panel,
    {
      title: words.timeline,
      aside: h(
        'span',
        { class: 'kinds' },
        KINDS.map((kind) =>
          h(
            'button',
            { key: kind, 'aria-pressed': kinds.includes(kind), onClick: () => toggle('kinds', kind) },
            words.timelineKinds[kind],
          ),
        ),
        h('a', { class: 'button', href: apiUrl(csvOf(list, asked)), download: '' }, words.csv),
      ),
    },
    h(Failure, { loaded }),
    rows?.length === 0 && h('p', { class: 'dim' }, words.emptyTimeline),
    h(
      'ol',
      { class: 'timeline' },
      rows?.map(({ at, kind, incident, text }, index) =>
        h(
          'li',
          { key: index },
          h(Time, { at }),
          ' ',
          h('span', { class: 'kind' }, words.timelineKinds[kind]),
          ' ',
          kind === 'message' ? h(Raw, { text }) : h('bdi', {}, text),
          incident !== null && [' · ', h(Link, { to: `/incidents${pathOf(incident)}` }, incident)],
        ),
      ),
    ),
    h(Pages, { next: loaded.data?.next }),
  );
}
