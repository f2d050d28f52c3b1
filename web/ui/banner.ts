import { h } from 'preact';
import { otherVersion } from '../live/connection.ts';
import { words } from '../words/en.ts';
import { useAnnounced } from './announced.ts';
import { problemNow } from './header.ts';

/** One line that says why the page may not be the whole truth, and one that it is of another version than the service. */
export function Banner() {
  const problem = problemNow();
  const other = otherVersion.value;
  useAnnounced(problem ?? '');
  useAnnounced(other ?? '');
  return h(
    'div',
    {},
    problem !== null && h('p', { class: 'banner' }, `▲ ${problem}`),
    other !== null &&
      h('p', { class: 'banner' }, `▲ ${other} `, h('button', { onClick: () => location.reload() }, words.reload)),
  );
}
