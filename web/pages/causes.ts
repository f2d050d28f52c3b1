import { h } from 'preact';
import type { Hypothesis } from '../../src/serve/schemas.ts';
import { Items, Panel } from '../ui/parts.ts';
import { words } from '../words/en.ts';

/** What may ail a device, the likeliest first, with what speaks for each and against it. */
export function Causes({ hypotheses }: { readonly hypotheses: readonly Hypothesis[] }) {
  return h(
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
  );
}
