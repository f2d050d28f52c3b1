import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import type { PageProps } from '../ui/app.ts';
import { Facts, Failure, Items, Link, Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import { NextSteps } from './next-steps.ts';
import { Why } from './why-panel.ts';

/** One device by any of its names; without an incident it says why there is none. */
export function Device({ name }: PageProps) {
  const loaded = useLoad<WholeDevice>(`devices${pathOf(name)}`, 'live');
  const { data, error } = loaded;
  if (data === null)
    return h('div', { 'aria-busy': error === null }, h('h1', {}, h('bdi', {}, name)), h(Failure, { loaded }));
  const { key, names, incident, explanation, loss, hypotheses, senders } = data;
  return h(
    'article',
    {},
    h('h1', {}, h('bdi', {}, key), h('span', { class: 'dim' }, ` · ${data.condition}`)),
    h('p', { class: 'dim' }, h('bdi', {}, names.filter((each) => each !== key).join(' = '))),
    h(Failure, { loaded }),
    h('p', { class: 'conclusion' }, h('bdi', {}, explanation.conclusion)),
    h(
      'p',
      {},
      incident === null
        ? words.noIncident
        : [words.openIncident, ' ', h(Link, { to: `/incidents${pathOf(incident)}` }, incident)],
      ' · ',
      h(
        Link,
        { to: '/incidents', query: new URLSearchParams({ device: key, state: 'any' }).toString() },
        words.allIncidents,
      ),
    ),
    h('div', { class: 'pair' }, h(NextSteps, { explanation }), h(Why, { explanation, loss })),
    h(
      'div',
      { class: 'pair' },
      h(FactsOf, { device: data }),
      h(
        Panel,
        { title: words.causes },
        hypotheses.length === 0
          ? h('p', { class: 'dim' }, words.noCauses)
          : h(
              'ol',
              { class: 'causes' },
              hypotheses.map((each) =>
                h(
                  'li',
                  { key: each.cause },
                  h('b', {}, `${each.cause} ${each.score}`),
                  each.for.length > 0 && [h('h3', {}, words.speaksFor), h(Items, { items: each.for })],
                  each.against.length > 0 && [h('h3', {}, words.against), h(Items, { items: each.against })],
                ),
              ),
            ),
      ),
    ),
    senders.length > 0 &&
      h(
        Panel,
        { title: words.senders },
        h(
          'ul',
          {},
          senders.map(({ address, lastAt, known, waits }) =>
            h(
              'li',
              { key: address },
              h('bdi', {}, address),
              ' · ',
              known ? words.senderKnown : words.senderUnknown,
              ' · ',
              h(Time, { at: lastAt, relative: true }),
              waits !== null && h('p', {}, words.recoveryWaits, ' ', h(Raw, { text: waits.raw })),
            ),
          ),
        ),
      ),
  );
}

/** What is known of it, and from where. */
function FactsOf({
  device: {
    explanation: { facts },
    trustpool,
    loss,
    firstSeenAt,
    heardAt,
    serial,
    lastSuccessAt,
  },
}: {
  readonly device: WholeDevice;
}) {
  const fact = (known: { readonly value: string; readonly from: 'inventory' | 'learnt' } | null) =>
    known === null
      ? '–'
      : h('span', {}, h('bdi', {}, known.value), h('span', { class: 'dim' }, ` ${words.factFrom[known.from]}`));
  return h(
    Panel,
    { title: words.facts },
    h(Facts, {
      rows: [
        [words.product, fact(facts.pid)],
        [words.release, fact(facts.release)],
        [words.serial, h('bdi', {}, serial ?? '–')],
        [words.plant, fact(facts.plant)],
        [words.licensing, fact(facts.licensing)],
        [
          words.trustpool,
          trustpool === null
            ? words.trustpoolUnknown
            : [`${words.newRoot} ${trustpool.newRoot} · `, h(Time, { at: trustpool.at, relative: true })],
        ],
        [words.lines, loss === null ? words.lossUnknown : loss.text],
        [words.firstSeen, h(Time, { at: firstSeenAt })],
        [words.lastHeard, h(Time, { at: heardAt })],
        [words.lastSuccess, h(Time, { at: lastSuccessAt })],
      ],
    }),
  );
}
