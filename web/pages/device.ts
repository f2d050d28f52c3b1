import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { deviceOf } from '../live/news.ts';
import { useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import type { PageProps } from '../ui/app.ts';
import { Failure, Link, NotYet, Texts } from '../ui/parts.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { words } from '../words/later.ts';
import { Causes } from './causes.ts';
import { DeviceFacts, otherNames } from './device-facts.ts';
import { DeviceIncidents } from './device-incidents.ts';
import { Forget } from './forget.ts';
import { NextSteps } from './next-steps.ts';
import { NotKnown } from './not-known.ts';
import { Senders } from './senders.ts';
import { Timeline } from './timeline.ts';
import { Why } from './why-panel.ts';

/** One device by any of its names; without an incident it says why there is none. */
export function Device({ name }: PageProps) {
  const path = `devices${pathOf(name)}`;
  const loaded = useLoad<WholeDevice>(path, deviceOf(name));
  const { data, error } = loaded;
  // A device that goes away while somebody looks at it, or types, stays here and is said to be gone.
  if (error?.status === 404 && loaded.of !== path) return h(NotKnown, { name });
  if (data === null) return h(NotYet, { heading: h('h1', {}, h('bdi', {}, name)), loaded });
  const { key, incident, condition, explanation, loss, hypotheses, next } = data;
  const asked = new URLSearchParams({ device: key });
  return h(
    'article',
    {},
    h(
      'div',
      { class: 'bar' },
      h('h1', {}, h('bdi', {}, key), h('span', { class: 'dim' }, ` · ${condition}`)),
      h('span', { class: 'spring' }),
      incident === null && h(Link, { to: '/why', query: asked.toString() }, words.whyNone),
      h(Forget, { device: data }),
      h(ReadOnly, {}),
    ),
    h('p', { class: 'dim' }, h(Texts, { items: otherNames(data), between: ' = ' })),
    h(Failure, { loaded }),
    h('p', { class: 'conclusion' }, h('bdi', {}, explanation.conclusion)),
    h(
      'p',
      {},
      incident === null
        ? words.noIncident
        : [words.openIncident, ' ', h(Link, { to: `/incidents${pathOf(incident)}` }, incident)],
    ),
    h('div', { class: 'pair' }, h(NextSteps, { next, explanation }), h(Why, { explanation, loss })),
    h('div', { class: 'pair' }, h(DeviceFacts, { device: data, again: loaded.again }), h(Causes, { hypotheses })),
    h('div', { class: 'pair' }, h(DeviceIncidents, { device: key }), h(Senders, { device: data, again: loaded.again })),
    h(Timeline, { of: `devices${pathOf(key)}`, subject: data }),
  );
}
