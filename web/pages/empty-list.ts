import { h } from 'preact';
import type { PipelineHealth } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { Failure, Link, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Devices = { readonly devices: readonly { readonly heardAt: string | null }[] };

/** An empty list never looks like "all well": it says why it is empty. */
export function EmptyList({ isFiltered }: { readonly isFiltered: boolean }) {
  const heard = useLoad<Devices>(isFiltered ? null : 'devices?sort=-heardAt&limit=1');
  // Most lines are of devices that nothing is known of.
  const received = useLoad<PipelineHealth>(isFiltered ? null : 'health/pipeline', 'often');
  if (isFiltered)
    return h('p', { class: 'empty' }, words.nothingMatches, ' ', h(Link, { to: '/incidents' }, words.clearFilters));
  const asked = [heard, received];
  if (asked.some(({ data, error }) => data === null && error === null)) return null;
  const times = [heard.data?.devices[0]?.heardAt, received.data?.lines.lastReceivedAt].filter((at) => at != null);
  const isKnown = asked.every(({ data }) => data !== null);
  return h(
    'div',
    {},
    asked.map((loaded, index) => h(Failure, { loaded, key: index })),
    h(WhyNone, { last: times.sort().at(-1) ?? null, isKnown, senders: received.data?.lines.senders ?? 0 }),
  );
}

type Heard = { readonly last: string | null; readonly isKnown: boolean; readonly senders: number };

/**
 * `last`: when the last line came, as far as it is known. `isKnown`: without a time, there was none. `senders`: addresses that
 * have sent within the last hour.
 */
function WhyNone({ last, isKnown, senders }: Heard) {
  if (last === null && isKnown) return h('p', { class: 'empty doubt' }, words.neverHeard);
  return h(
    'p',
    { class: 'empty' },
    ...[words.noneOpen, ' '],
    ...(last === null ? [] : [words.lastLine, ' ', h(Time, { at: last, relative: true }), '. ']),
    senders === 0 ? null : `${words.fromSenders(senders)} `,
    h(Link, { to: '/devices' }, words.whoWasHeard),
  );
}
