import { h } from 'preact';
import { whole } from '../router.ts';
import { session, whyReadOnly } from '../session.ts';
import { words } from '../words/en.ts';
import { Link } from './parts.ts';

/** Why nothing can be written here now, and where to log in if that would help; nothing where people can act. */
export function ReadOnly() {
  const why = whyReadOnly.value;
  if (why === null) return null;
  const query = new URLSearchParams([['then', whole.value]]).toString();
  const helps = why === words.mayNotWrite && session.value?.loginHelps === true;
  return h('span', { class: 'dim' }, why, helps && [' ', h(Link, { to: '/login', query }, words.login)]);
}
