import { h } from 'preact';
import { Link } from '../ui/parts.ts';
import { words } from '../words/en.ts';

export function Unknown() {
  return h(
    'div',
    {},
    h('h1', {}, words.unknownPage),
    h('p', {}, words.notBuilt, ' ', h(Link, { to: '/incidents' }, words.toIncidents)),
  );
}
