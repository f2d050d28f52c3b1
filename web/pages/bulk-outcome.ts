import { h } from 'preact';
import { path, pathOf } from '../router.ts';
import { Link } from '../ui/parts.ts';
import { bulk as words } from '../words/bulk.ts';
import { outcome } from './bulk.ts';

/** What the last action on many incidents has done on this page: how many, and which ones were refused. */
export function BulkOutcome() {
  const shown = outcome.value?.path === path.value ? outcome.value : null;
  const hide = () => {
    outcome.value = null;
  };
  return h(
    'div',
    { role: 'status' },
    shown !== null &&
      h(
        'div',
        { class: 'panel' },
        h(
          'p',
          {},
          h('b', {}, `${words.outcomeOf[shown.action]}: `),
          words.outcome(shown.answer.done, shown.answer.unchanged, shown.answer.refused.length),
          ' ',
          h('button', { onClick: hide }, words.dismiss),
        ),
        shown.answer.refused.length > 0 && [
          h('p', {}, h('b', {}, words.refused)),
          h(
            'ul',
            { class: 'refused' },
            shown.answer.refused.map(({ id, why }) =>
              h(
                'li',
                { key: id },
                h(Link, { to: `/incidents${pathOf(id)}` }, h('bdi', {}, id)),
                ': ',
                h('bdi', {}, why),
              ),
            ),
          ),
        ],
      ),
  );
}
