import { useSignal } from '@preact/signals';
import { h } from 'preact';
import type { Sink, SinkTest } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { type Loaded, useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { isolated } from '../ui/isolated.ts';
import { ListTable } from '../ui/list-table.ts';
import { Failure, Link, Panel, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

type Sinks = { readonly sinks: readonly Sink[] };
type Tested = { readonly name: string; readonly test: SinkTest };

/** Who is notified, and what waits for them; a test notice to each, and dead letters again. */
export function Sinks({ again }: { readonly again: () => Promise<void> }) {
  const loaded = useLoad<Sinks>('sinks', 'notices');
  const tested = useSignal<Tested | null>(null);
  const retried = useSignal('');
  const { isBusy, error, act } = useAct();
  const why = whyReadOnly.value;
  const off = { disabled: why !== null || isBusy, title: why ?? undefined };
  const test = (name: string) =>
    act(async () => {
      tested.value = null;
      tested.value = { name, test: await send<SinkTest>('POST', `sinks${pathOf(name)}/test`, {}) };
    });
  const retry = (sink: string) =>
    act(async () => {
      const counts = await send<{ retried: number; withoutSink: number }>('POST', 'notices/retry', { sink });
      retried.value = words.retried(counts.retried, counts.withoutSink);
      await Promise.all([loaded.again(), again()]);
    });
  const rows = loaded.data?.sinks.map((sink) => ({
    key: sink.name,
    cells: [...cellsOf(sink), h(Buttons, { sink, off, test: () => test(sink.name), retry: () => retry(sink.name) })],
  }));
  return h(
    Panel,
    { title: words.sinks },
    h(SinkList, { loaded, columns: [...words.sinkListColumns, words.actions], rows: rows ?? null }),
    h(Refused, { error }),
    h(
      'div',
      { role: 'status' },
      retried.value !== '' && h('p', {}, retried.value),
      tested.value !== null && h(TestResult, tested.value),
    ),
  );
}

type ListProps = {
  readonly loaded: Loaded<Sinks>;
  readonly columns: readonly string[];
  readonly rows: Parameters<typeof ListTable>[0]['rows'];
};

function SinkList({ loaded, columns, rows }: ListProps) {
  return h(
    'div',
    {},
    h(Failure, { loaded }),
    rows?.length === 0
      ? h('p', { class: 'doubt' }, words.noSinks)
      : h(ListTable, { caption: words.sinks, columns, rows, numbers: [3, 4], ghosts: 3 }),
  );
}

/** The same without actions, for Health. */
export function SinkStates() {
  const loaded = useLoad<Sinks>('sinks', 'notices');
  const rows = loaded.data?.sinks.map((sink) => ({ key: sink.name, cells: cellsOf(sink) })) ?? null;
  const aside = h(Link, { to: '/notices' }, words.notices);
  return h(Panel, { title: words.sinks, aside }, h(SinkList, { loaded, columns: words.sinkListColumns, rows }));
}

function cellsOf({ name, kind, urls, pending, dead, oldestAt, lastDeliveredAt }: Sink) {
  return [
    h('bdi', {}, name),
    kind ?? words.notConfigured,
    h('bdi', {}, urls.join(' ')),
    pending.toLocaleString('en'),
    dead.toLocaleString('en'),
    h(Time, { at: oldestAt, relative: true }),
    h(Time, { at: lastDeliveredAt, relative: true }),
  ];
}

type ButtonProps = {
  readonly sink: Sink;
  readonly off: { readonly disabled: boolean };
  readonly test: () => void;
  readonly retry: () => void;
};

function Buttons({ sink: { name, kind, dead }, off, test, retry }: ButtonProps) {
  return h(
    'span',
    { class: 'kinds' },
    kind !== null &&
      h('button', { ...off, onClick: test, 'aria-label': `${words.sendTest}: ${isolated(name)}` }, words.sendTest),
    kind !== null &&
      dead > 0 &&
      h('button', { ...off, onClick: retry, 'aria-label': `${words.retryDead}: ${isolated(name)}` }, words.retryDead),
  );
}

function TestResult({ name, test: { delivered, answers } }: Tested) {
  return h(
    'div',
    {},
    h(
      'p',
      { class: delivered ? 'well' : 'doubt' },
      `${delivered ? '✓' : '▲'} `,
      h('bdi', {}, name),
      ` ${delivered ? words.testArrived : words.testFailed}`,
    ),
    h(
      'ul',
      {},
      answers.map(({ url, status, error }, index) =>
        h('li', { key: index }, h('bdi', {}, url), ` · ${status ?? words.noStatus}`, error !== null && ` · ${error}`),
      ),
    ),
  );
}
