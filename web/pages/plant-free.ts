import { h } from 'preact';
import { useLoad } from '../load.ts';
import { NOTHING } from '../query/choice.ts';
import { path } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { Failure, Link } from '../ui/parts.ts';
import { bulk as words } from '../words/bulk.ts';
import { askBulk, whyNotSoMany } from './bulk.ts';
import type { Facets } from './facets.ts';

/** The open incidents of a plant that nobody has acknowledged: a link to them, and all acknowledged at once. */
export function FreeIncidents({ filter: plant }: { readonly filter: URLSearchParams }) {
  const filter = `${new URLSearchParams([...plant, ['acknowledged', 'false'], ['state', 'open']])}`;
  const loaded = useLoad<Facets>(`incidents/facets?${filter}`, 'live');
  const count = loaded.data?.total ?? 0;
  if (count === 0) return h(Failure, { loaded });
  const why = whyReadOnly.value ?? whyNotSoMany(count);
  const ask = () =>
    askBulk({
      ...{ action: 'acknowledge', target: { ...NOTHING, all: { filter, count } }, path: path.value },
      after: () => void loaded.again(),
    });
  return [
    h(
      Link,
      { to: '/incidents', query: `${new URLSearchParams([...plant, ['acknowledged', 'false']])}` },
      words.free(count),
    ),
    h('button', { disabled: why !== null, title: why ?? undefined, onClick: ask }, words.acknowledgeAll(count)),
  ];
}
