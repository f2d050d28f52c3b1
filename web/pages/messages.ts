import { h } from 'preact';
import type { Message } from '../../src/serve/schemas.ts';
import { answerOf, useLoad } from '../load.ts';
import { picked } from '../query/lists.ts';
import { pathOf } from '../router.ts';
import { Copy } from '../ui/copy.ts';
import { ListBar } from '../ui/list-bar.ts';
import { ListTable, NoRows, Pages } from '../ui/list-table.ts';
import { Failure, Link, Raw, Time } from '../ui/parts.ts';
import { QueryForm } from '../ui/query-form.ts';
import { words } from '../words/later.ts';
import { LineTimes } from './line-times.ts';

const FILTERS = ['device', 'plant', 'facility', 'mnemonic', 'from', 'to'] as const;

/** Lines that count: those that are kept as evidence, by device, plant, message and day. */
export function Messages() {
  const filters = picked(FILTERS);
  const asked = picked([...FILTERS, 'cursor']);
  const name = `messages?${asked}`;
  const loaded = useLoad<{ messages: readonly Message[]; next: string | null }>(name);
  const rows = answerOf(loaded, name)?.messages ?? null;
  return h(
    'div',
    { class: 'listing' },
    h(
      ListBar,
      {
        ...{ title: words.messages, list: 'messages', asked },
        actions: h('button', { onClick: loaded.again }, words.askAgain),
      },
      h(Link, { to: '/messages/unparsed' }, words.unparsed),
    ),
    h(QueryForm, { label: words.messages, fields: words.messageFields }),
    h(Failure, { loaded }),
    rows?.length === 0
      ? h(NoRows, {}, h(Empty, { isFiltered: filters.size > 0 }))
      : h(ListTable, { caption: words.messages, columns: words.messageColumns, rows: rows?.map(rowOf) ?? null }),
    h(Pages, { next: loaded.data?.next }),
  );
}

function rowOf(message: Message, index: number) {
  const { device, at, mnemonic, kind, family, cause, weight, raw } = message;
  const what = [kind, family, cause, weight > 0 ? `+${weight}` : null].filter((each) => each !== null);
  return {
    key: `${index} ${raw}`,
    cells: [
      h(Time, { at }),
      h(Link, { to: `/devices${pathOf(device)}` }, h('bdi', {}, device)),
      h('code', {}, mnemonic),
      what.join(' · '),
      h(Line, { message }),
    ],
  };
}

/** The line as it came, with its three times and why one of them is used. */
function Line({ message }: { readonly message: Message }) {
  const { raw } = message;
  return h(
    'details',
    {},
    h('summary', {}, h('span', { class: 'one-line' }, h(Raw, { text: raw }))),
    h('p', {}, h(Raw, { text: raw }), ' ', h(Copy, { text: raw, label: words.copySample })),
    h(LineTimes, { line: message }),
  );
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return h('p', { class: 'empty' }, words.nothingMatches, ' ', h(Link, { to: '/messages' }, words.clearFilters));
  return h('p', { class: 'empty' }, words.noMessages, ' ', h(Link, { to: '/health' }, words.seeDrops));
}
