import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { hrefOf, pathOf } from '../router.ts';
import { readable } from '../time.ts';
import { Facts, Heard, Link, Panel, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { CapturedFacts } from './captured-facts.ts';
import { EditRow } from './inventory-row.ts';

type Props = { readonly device: WholeDevice; readonly again: () => Promise<void> };
type Known = { readonly value: string; readonly from: 'inventory' | 'learnt' } | null;

/** What is known of a device, and from where. */
export function DeviceFacts({ device, again }: Props) {
  const { explanation, trustpool, loss, firstSeenAt, heardAt, lastSuccessAt, level, recoveryVisible } = device;
  const { facts } = explanation;
  const query = new URLSearchParams({ device: device.key }).toString();
  return h(
    Panel,
    { title: words.facts, aside: h(Link, { to: '/messages', query }, words.itsMessages) },
    h(Facts, {
      rows: [
        [words.product, fact(facts.pid)],
        [words.release, [fact(facts.release), ` · ${facts.because}`]],
        [words.serial, fact(facts.serial)],
        [words.plant, facts.plant === null ? '–' : plantLink(facts.plant.value)],
        [words.licensing, fact(facts.licensing)],
        [
          words.trustpool,
          [
            trustpool === null
              ? words.trustpoolUnknown
              : [`${words.newRoot} ${trustpool.newRoot} · `, h(Time, { at: trustpool.at, relative: true })],
            ' · ',
            h(Link, { to: '/trustpool', query }, words.showTrustpool),
          ],
        ],
        [words.lines, loss === null ? words.lossUnknown : readable(loss.text)],
        [words.level, level === null ? '–' : [level, recoveryVisible === false ? ` · ▲ ${words.levelTooLow}` : '']],
        [words.firstSeen, h(Time, { at: firstSeenAt })],
        [words.lastHeard, h(Heard, { at: heardAt })],
        [words.lastSuccess, h(Time, { at: lastSuccessAt })],
      ],
    }),
    explanation.captured.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, `${words.shownFacts} (${explanation.captured.length})`),
        h(CapturedFacts, { facts: explanation.captured }),
      ),
    h('p', {}, h(EditRow, { device, again })),
  );
}

function fact(known: Known) {
  if (known === null) return '–';
  return h('span', {}, h('bdi', {}, known.value), h('span', { class: 'dim' }, ` ${words.factFrom[known.from]}`));
}

function plantLink(name: string) {
  return h('a', { href: hrefOf(`/plants${pathOf(name)}`), 'data-page': '' }, h('bdi', {}, name));
}

/** Its names but the key; serial numbers as they are written on it. */
export function otherNames({ key, names }: Pick<WholeDevice, 'key' | 'names'>): string[] {
  return names
    .filter((each) => each !== key)
    .map((each) => each.replace(/^sn:(.*)/, (_, serial: string) => `SN ${serial.toUpperCase()}`));
}
