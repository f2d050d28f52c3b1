import { h } from 'preact';
import type { TimelineRow } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { chosen, picked, toggle } from '../query/lists.ts';
import { pathOf } from '../router.ts';
import { kindButtons } from '../ui/kind-buttons.ts';
import { CsvLink } from '../ui/list-bar.ts';
import { Pages } from '../ui/list-table.ts';
import { Failure, Link, Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

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
        kindButtons({ names: words.timelineKinds, pressed: kinds, toggle: (kind) => toggle('kinds', kind) }),
        h(CsvLink, { list, asked }),
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
