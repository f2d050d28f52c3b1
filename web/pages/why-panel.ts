import { h } from 'preact';
import type { Explanation, Loss } from '../../src/serve/schemas.ts';
import { readable } from '../time.ts';
import { Facts, Panel, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Props = { readonly explanation: Explanation; readonly loss: Loss | null };

/** The sum against the thresholds, what speaks against, and which lines are missing. */
export function Why({ explanation, loss }: Props) {
  const { score, thresholds, families, counterEvidence, diagnosis, cap, clock, facts, advisory } = explanation;
  return h(
    Panel,
    { title: words.why(score, thresholds.confirmed.score) },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, words.families),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          words.familyColumns.map((name) => h('th', { scope: 'col', key: name }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        families.map(({ name, weight, count, lastAt, inWindow }) =>
          h(
            'tr',
            { key: name, class: inWindow ? '' : 'dim' },
            h('th', { scope: 'row' }, name),
            h('td', {}, weight),
            h('td', {}, count),
            h('td', {}, h(Time, { at: lastAt, relative: true })),
          ),
        ),
      ),
    ),
    counterEvidence.length > 0 && [
      h('h3', {}, words.against),
      h(
        'ul',
        {},
        counterEvidence.map(({ mnemonic, manner, serverKind, count }, index) =>
          h('li', { key: index }, `${mnemonic}: ${manner}, ${serverKind}, ${count} ×`),
        ),
      ),
    ],
    h(Facts, {
      rows: [
        [words.cause, diagnosis],
        [words.cap, cap],
        [words.clock, clock],
        [words.release, facts.because],
        [words.advisory, advisory],
      ],
    }),
    loss !== null &&
      ((loss.lost ?? 0) > 0 || loss.dropped > 0) &&
      h('p', { class: 'doubt' }, `▲ ${readable(loss.text)}`),
  );
}
