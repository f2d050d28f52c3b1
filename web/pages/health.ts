import { h } from 'preact';
import type { PipelineHealth, SenderLoss } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { picked } from '../query/lists.ts';
import { ask, query } from '../router.ts';
import { NoRows, Pages } from '../ui/list-table.ts';
import { Failure, GhostPanels, Link, Panel } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { LossTable } from './losses.ts';
import { Damage, Instances, Lines, PipelineFacts } from './pipeline.ts';
import { SinkStates } from './sinks.ts';

const SORTS = ['-lost', '-dropped'] as const;

/** Whether lines are received, read and stored, and notices delivered; whose lines are missing. */
export function Health() {
  const loaded = useLoad<PipelineHealth>('health/pipeline', 'often');
  const { data, error } = loaded;
  return h(
    'div',
    { 'aria-busy': data === null && error === null },
    h('div', { class: 'bar' }, h('h1', {}, words.health)),
    h(Failure, { loaded }),
    data === null && error === null && h(GhostPanels, {}),
    data !== null && [
      h(
        'p',
        { class: data.ready ? 'well' : 'doubt' },
        data.ready ? `✓ ${words.ready}` : `▲ ${words.notReady(data.detail ?? '')}`,
      ),
      h('div', { class: 'pair' }, h(PipelineFacts, { health: data }), h(Lines, { health: data })),
      h(Instances, { health: data }),
      h(Damage, { rows: data.store.damagedRows }),
    ],
    h(SinkStates, {}),
    h(Losses, {}),
    h('p', {}, h(Link, { to: '/messages/unparsed' }, words.unparsed), ' · ', h(Link, { to: '/about' }, words.about)),
  );
}

function Losses() {
  const name = `losses?${picked(['sort', 'cursor'])}`;
  const loaded = useLoad<{ senders: readonly SenderLoss[]; next: string | null }>(name, 'often');
  const now = query.value.get('sort') ?? '-lost';
  return h(
    Panel,
    {
      title: words.sendersWithLoss,
      aside: h(
        'span',
        { class: 'kinds' },
        SORTS.map((sort) =>
          h('button', { key: sort, 'aria-pressed': sort === now, onClick: () => ask({ sort }) }, words.lossSorts[sort]),
        ),
      ),
    },
    h(Failure, { loaded }),
    loaded.of === name && loaded.data?.senders.length === 0 && h(NoRows, {}, h('p', { class: 'dim' }, words.noLoss)),
    loaded.data !== null && loaded.data.senders.length > 0 && h(LossTable, { senders: loaded.data.senders }),
    h(Pages, { next: loaded.data?.next }),
  );
}
