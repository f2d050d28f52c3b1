import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { deviceOf } from '../live/news.ts';
import { type Loaded, useLoad } from '../load.ts';
import { pathOf, query } from '../router.ts';
import { Failure, Items, Link, Panel } from '../ui/parts.ts';
import { QueryForm } from '../ui/query-form.ts';
import { words } from '../words/later.ts';
import { Causes } from './causes.ts';
import { DeviceFacts } from './device-facts.ts';
import { NeverHeard } from './never-heard.ts';
import { NotKnown } from './not-known.ts';
import { Senders } from './senders.ts';
import { Why as Sum } from './why-panel.ts';

/** Why a device has an incident, or has none: `?device=` is any of its names. */
export function Why() {
  const name = query.value.get('device') ?? '';
  const loaded = useLoad<WholeDevice>(name === '' ? null : `devices${pathOf(name)}`, deviceOf(name));
  return h(
    'div',
    { 'aria-busy': name !== '' && loaded.data === null && loaded.error === null },
    h(
      'div',
      { class: 'bar' },
      h('h1', {}, words.whyPage),
      h(QueryForm, {
        label: words.whyPage,
        fields: [{ name: 'device', label: words.deviceName, kind: 'search', maxLength: 512 }],
        button: words.showWhy,
      }),
    ),
    name === '' ? h('p', { class: 'dim' }, words.whyText) : h(Answer, { name, loaded }),
  );
}

function Answer({ name, loaded }: { readonly name: string; readonly loaded: Loaded<WholeDevice> }) {
  const { data, error } = loaded;
  if (error?.status === 404) return h(NotKnown, { name, isPart: true });
  if (data === null) return h(Failure, { loaded });
  const { key, condition, incident, explanation, loss, hypotheses, heardAt, next } = data;
  return h(
    'article',
    {},
    h(Failure, { loaded }),
    h('h2', {}, h(Link, { to: `/devices${pathOf(key)}` }, h('bdi', {}, key)), ` · ${condition}`),
    h('p', { class: 'conclusion' }, h('bdi', {}, explanation.conclusion)),
    h(
      'p',
      {},
      incident === null
        ? `${words.noIncident} ${next.nothingBecause === null ? '' : words.because(next.nothingBecause)}`
        : [words.openIncident, ' ', h(Link, { to: `/incidents${pathOf(incident)}` }, incident)],
    ),
    heardAt === null && h(NeverHeard, { device: data }),
    h(
      'div',
      { class: 'pair' },
      h(Sum, { explanation, loss }),
      h(
        'div',
        {},
        explanation.wouldChange.length > 0 &&
          h(Panel, { title: words.wouldChange }, h(Items, { items: explanation.wouldChange })),
        h(Causes, { hypotheses }),
      ),
    ),
    h(
      'div',
      { class: 'pair' },
      h(DeviceFacts, { device: data, again: loaded.again }),
      h(Senders, { device: data, again: loaded.again }),
    ),
  );
}
