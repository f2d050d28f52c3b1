import { type ComponentChildren, h } from 'preact';
import type { History } from '../../src/serve/schemas.ts';
import { connection, counts } from '../live/connection.ts';
import { useLoad } from '../load.ts';
import { DAY_MS, now, utcDay } from '../time.ts';
import { Failure, Link, SEVERITIES, Severity } from '../ui/parts.ts';
import { words } from '../words/en.ts';
import type { Facets } from './facets.ts';

/** States of an open incident that does not recover. */
export const FAILING = 'suspected,confirmed,stale,suppressed';

/** Open incidents that do not recover, by severity; and those that recover. */
export type Counted = { readonly of: (severity: string) => number; readonly recovering: number };

type Props = {
  /** Null: it is not known yet. */
  readonly counted: Counted | null;
  /** What else the incidents meet that are counted, as a query. */
  readonly filter?: string;
  /** Of which plant they are, as the history names it; null: of all. */
  readonly plant?: string | null;
};

/** How many incidents are open, by severity; those that recover are counted apart. Each leads to its list. */
export function FigureRow({ counted, filter = '', plant = null }: Props) {
  const figure = (
    title: ComponentChildren,
    count: (counted: Counted) => number,
    query: string,
    more: ComponentChildren = null,
  ) =>
    h(
      'div',
      { class: 'figure' },
      h(
        Link,
        { to: '/incidents', query: [query, filter].filter((part) => part !== '').join('&') },
        h('span', { class: 'figure-name' }, title),
        h('span', { class: 'figure-value' }, counted === null ? '…' : count(counted).toLocaleString('en')),
        more,
      ),
    );
  const openOf = ({ of, recovering }: Counted) => SEVERITIES.reduce((sum, each) => sum + of(each), recovering);
  return h(
    'div',
    { class: 'figures' },
    figure(words.open, openOf, '', counted !== null && h(SinceYesterday, { open: openOf(counted), plant })),
    SEVERITIES.map((severity) =>
      figure(h(Severity, { value: severity }), ({ of }) => of(severity), `severity=${severity}&state=${FAILING}`),
    ),
    figure(h(Severity, { value: 'recovering' }), ({ recovering }) => recovering, 'state=recovering'),
  );
}

const isOver = (state: string) => state === 'resolved' || state === 'closed';

/** What facets say that were asked for with the states of `FAILING`: a facet's counts ignore its own filter. */
export function countedIn({ facets }: Facets): Counted {
  const count = (facet: string, value: string) => facets[facet]?.find((each) => each.value === value)?.count ?? 0;
  return { of: (severity) => count('severity', severity), recovering: count('state', 'recovering') };
}

/** Of the whole fleet, as the stream tells them; where there is no stream, as the service answers. */
export function Figures() {
  const { value } = counts;
  const state = connection.value?.state ?? 'live';
  const isAsked = state === 'full' || (state !== 'live' && value === null);
  const loaded = useLoad<Facets>(isAsked ? `incidents/facets?state=${FAILING}` : null, 'live');
  if (isAsked)
    return [h(Failure, { loaded }), h(FigureRow, { counted: loaded.data === null ? null : countedIn(loaded.data) })];
  const sum = (isMeant: (row: { readonly state: string; readonly severity: string }) => boolean) =>
    (value?.incidents ?? []).filter(isMeant).reduce((all, { count }) => all + count, 0);
  const counted: Counted = {
    of: (wanted) => sum(({ state, severity }) => severity === wanted && state !== 'recovering' && !isOver(state)),
    recovering: sum(({ state }) => state === 'recovering'),
  };
  return h(FigureRow, { counted: value === null ? null : counted });
}

/** Whether the number falls; nothing where the service knows no day before. */
function SinceYesterday({ open, plant }: { readonly open: number; readonly plant: string | null }) {
  const day = utcDay(now.value - DAY_MS);
  const asked = new URLSearchParams({ from: day, to: day, ...(plant === null ? {} : { plant }) });
  const { data } = useLoad<History>(`fleet/history?${asked}`);
  const before = data?.days[0];
  if (before === undefined) return null;
  return h('span', { class: 'dim' }, words.sinceYesterday(open - before.open));
}
