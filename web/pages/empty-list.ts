import { h } from 'preact';
import type { PipelineHealth } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { Link, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Devices = { readonly devices: readonly { readonly heardAt: string | null }[] };

/** An empty list never looks like "all well": it says why it is empty. */
export function EmptyList({ isFiltered }: { readonly isFiltered: boolean }) {
  const heard = useLoad<Devices>('devices?sort=-heardAt&limit=1');
  // Most lines are of devices that nothing is known of.
  const received = useLoad<PipelineHealth>('health/pipeline', 'often');
  if (isFiltered)
    return h('p', { class: 'empty' }, words.nothingMatches, ' ', h(Link, { to: '/incidents' }, words.clearFilters));
  if (heard.data === null || received.data === null) return null;
  const times = [heard.data.devices[0]?.heardAt, received.data.lines.lastReceivedAt].filter((at) => at != null);
  const last = times.sort().at(-1);
  if (last === undefined) return h('p', { class: 'empty doubt' }, words.neverHeard);
  return h(
    'p',
    { class: 'empty' },
    ...[words.noneOpen, ' ', words.lastLine, ' ', h(Time, { at: last, relative: true }), '. '],
    h(Link, { to: '/devices' }, words.whoWasHeard),
  );
}
