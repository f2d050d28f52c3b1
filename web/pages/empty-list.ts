import { h } from 'preact';
import { useLoad } from '../load.ts';
import { Link } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Devices = { readonly devices: readonly object[] };

/** An empty list never looks like "all well": it says why it is empty. */
export function EmptyList({ isFiltered }: { readonly isFiltered: boolean }) {
  const any = useLoad<Devices>('devices?limit=1');
  if (isFiltered)
    return h('p', { class: 'empty' }, words.nothingMatches, ' ', h(Link, { to: '/incidents' }, words.clearFilters));
  if (any.data === null) return null;
  if (any.data.devices.length === 0) return h('p', { class: 'empty doubt' }, words.neverHeard);
  return h('p', { class: 'empty' }, words.noneOpen, ' ', h(Link, { to: '/devices' }, words.whoWasHeard));
}
