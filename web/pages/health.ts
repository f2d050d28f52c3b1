import { h } from 'preact';
import { useLoad } from '../load.ts';
import { Facts, Failure, Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Pipeline = {
  readonly ready: boolean;
  readonly detail: string | null;
  readonly queue: { readonly lines: number };
  readonly spill: { readonly lines: number };
  readonly clock: { readonly now: string; readonly steps: number; readonly heldSeconds: number };
  readonly store: {
    readonly setAside: number;
    readonly damagedRows: readonly {
      readonly table: string;
      readonly name: string;
      readonly why: string;
      readonly at: string;
    }[];
  };
};
type Sinks = {
  readonly sinks: readonly {
    readonly name: string;
    readonly kind: string | null;
    readonly pending: number;
    readonly dead: number;
    readonly oldestAt: string | null;
  }[];
};

/** Whether lines are read and stored, and notices delivered. */
export function Health() {
  const pipeline = useLoad<Pipeline>('health/pipeline', 'live');
  const sinks = useLoad<Sinks>('sinks', 'live');
  return h(
    'div',
    {},
    h('h1', {}, words.health),
    h(
      'div',
      { class: 'pair' },
      h(
        Panel,
        { title: words.pipeline },
        h(Failure, { loaded: pipeline }),
        pipeline.data !== null && h(PipelineFacts, { pipeline: pipeline.data }),
      ),
      h(Panel, { title: words.sinks }, h(Failure, { loaded: sinks }), sinks.data !== null && h(SinkTable, sinks.data)),
    ),
  );
}

function PipelineFacts({ pipeline: { ready, detail, queue, spill, clock, store } }: { readonly pipeline: Pipeline }) {
  return h(
    'div',
    {},
    h('p', { class: ready ? 'well' : 'doubt' }, ready ? `✓ ${words.ready}` : `▲ ${words.notReady(detail ?? '')}`),
    h(Facts, {
      rows: [
        [words.queue, queue.lines.toLocaleString()],
        [words.spill, spill.lines.toLocaleString()],
        [words.clockNow, h(Time, { at: clock.now })],
        [words.clockSteps, clock.steps],
        [words.setAside, store.setAside],
      ],
    }),
    store.damagedRows.length > 0 &&
      h(
        'ul',
        {},
        store.damagedRows.map(({ table, name, why, at }, index) =>
          h('li', { key: index }, h(Time, { at }), ` ${table} `, h(Raw, { text: name }), ` ${why}`),
        ),
      ),
  );
}

function SinkTable({ sinks }: Sinks) {
  if (sinks.length === 0) return h('p', { class: 'doubt' }, words.noSinks);
  return h(
    'table',
    {},
    h('caption', { class: 'unseen' }, words.sinks),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        words.sinkColumns.map((name) => h('th', { scope: 'col', key: name }, name)),
      ),
    ),
    h(
      'tbody',
      {},
      sinks.map(({ name, kind, pending, dead, oldestAt }) =>
        h(
          'tr',
          { key: name },
          h('th', { scope: 'row' }, h('bdi', {}, name)),
          h('td', {}, kind ?? words.notConfigured),
          h('td', { class: 'number' }, pending),
          h('td', { class: 'number' }, dead),
          h('td', {}, h(Time, { at: oldestAt, relative: true })),
        ),
      ),
    ),
  );
}
