import { h } from 'preact';
import type { Notice } from '../../src/serve/schemas.ts';
import { send } from '../api.ts';
import { answerOf, useLoad } from '../load.ts';
import { picked } from '../query/lists.ts';
import { ask, pathOf, query } from '../router.ts';
import { whyReadOnly } from '../session.ts';
import { Refused, useAct } from '../ui/act.ts';
import { isolated } from '../ui/isolated.ts';
import { ListTable, NoRows, Pages } from '../ui/list-table.ts';
import { Failure, Link, Panel, Time } from '../ui/parts.ts';
import { ReadOnly } from '../ui/read-only.ts';
import { words } from '../words/later.ts';
import { Sinks } from './sinks.ts';

const STATES = ['', 'pending', 'dead', 'delivered'] as const;

/** Who is notified, and what became of each notice. */
export function Notices() {
  const name = `notices?${picked(['state', 'sink', 'cursor'])}`;
  const loaded = useLoad<{ notices: readonly Notice[]; next: string | null }>(name, 'notices');
  const { isBusy, error, act } = useAct();
  const why = whyReadOnly.value;
  // Each sink that wants a change has a notice of the same id.
  const retry = ({ id, sink }: Notice) =>
    act(async () => {
      await send('POST', 'notices/retry', { id, sink });
      await loaded.again();
    });
  const rows = answerOf(loaded, name)?.notices ?? null;
  const off = { disabled: why !== null || isBusy, title: why ?? undefined };
  return h(
    'div',
    {},
    h('div', { class: 'bar' }, h('h1', {}, words.notices), h(ReadOnly, {})),
    h(Sinks, { again: loaded.again }),
    h(
      Panel,
      { title: words.whatBecame, aside: h(StateChoice, {}) },
      h(SinkChoice, {}),
      h(Failure, { loaded }),
      h(Refused, { error }),
      rows?.length === 0
        ? h(
            NoRows,
            {},
            h(
              'p',
              { class: 'dim' },
              query.value.has('state') || query.value.has('sink') ? words.noSuchNotices : words.allDelivered,
            ),
          )
        : h(ListTable, {
            caption: words.notices,
            columns: words.noticeColumns,
            rows:
              rows?.map((notice) => ({ key: `${notice.sink} ${notice.id}`, cells: cellsOf(notice, off, retry) })) ??
              null,
            numbers: [5],
            ghosts: 5,
          }),
      h(Pages, { next: loaded.data?.next }),
    ),
  );
}

function StateChoice() {
  const now = query.value.get('state') ?? '';
  return h(
    'span',
    { class: 'kinds' },
    STATES.map((state) =>
      h(
        'button',
        { key: state, 'aria-pressed': state === now, onClick: () => ask({ state }) },
        words.noticeStates[state === '' ? 'open' : state],
      ),
    ),
  );
}

/** Only notices of one sink are shown: which one, and how to see all. */
function SinkChoice() {
  const sink = query.value.get('sink');
  if (sink === null) return null;
  return h(
    'p',
    {},
    words.onlySink,
    ' ',
    h('bdi', {}, sink),
    ' ',
    h('button', { onClick: () => ask({ sink: null }) }, words.all),
  );
}

function cellsOf(notice: Notice, off: { readonly disabled: boolean }, retry: (notice: Notice) => void) {
  const { sink, state, type, incident, device, reason, createdAt, attempts, nextAt, error, deliveredAt } = notice;
  return [
    h(Link, { to: `/incidents${pathOf(incident)}` }, h('bdi', {}, device)),
    `${type} · ${reason}`,
    h('button', { class: 'sort', onClick: () => ask({ sink }) }, h('bdi', {}, sink)),
    state === 'dead'
      ? [
          h('span', { class: 'doubt' }, `▲ ${words.noticeStates.dead}`),
          ' ',
          h(
            'button',
            {
              ...off,
              onClick: () => retry(notice),
              'aria-label': `${words.retry}: ${isolated(incident)}, ${isolated(sink)}`,
            },
            words.retry,
          ),
        ]
      : words.noticeStates[state],
    h(Time, { at: createdAt, relative: true }),
    attempts,
    deliveredAt === null
      ? h(Time, { at: nextAt, relative: true, mayCome: true })
      : h(Time, { at: deliveredAt, relative: true }),
    h('bdi', {}, error ?? '–'),
  ];
}
