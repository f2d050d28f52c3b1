import { h } from 'preact';
import { problemNow } from './header.ts';

/** One line that says why the page may not be the whole truth. */
export function Banner() {
  const problem = problemNow();
  return h(
    'div',
    { role: 'status', 'aria-live': 'polite' },
    problem !== null && h('p', { class: 'banner' }, `▲ ${problem}`),
  );
}
