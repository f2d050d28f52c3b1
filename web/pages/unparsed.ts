import { h } from 'preact';
import type { UnparsedGroup, UnparsedLine } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { picked } from '../query/lists.ts';
import { textOf } from '../query/values.ts';
import { pathOf } from '../router.ts';
import { Copy } from '../ui/copy.ts';
import { ListBar } from '../ui/list-bar.ts';
import { ListTable, NoRows, Pages } from '../ui/list-table.ts';
import { Failure, Link, Panel, Raw, Time } from '../ui/parts.ts';
import { QueryForm } from '../ui/query-form.ts';
import { words } from '../words/later.ts';

const FILTERS = ['device', 'plant', 'facility', 'mnemonic', 'why', 'from', 'to'] as const;

type Groups = { readonly total: number; readonly groups: readonly UnparsedGroup[]; readonly others: number };

/** Lines of messages that the program knows, which could not be read: by message and reason, then one by one. */
export function Unparsed() {
  const filters = picked(FILTERS);
  const asked = picked([...FILTERS, 'cursor']);
  const groups = useLoad<Groups>(`unparsed/groups?${filters}`);
  const name = `unparsed?${asked}`;
  const lines = useLoad<{ lines: readonly UnparsedLine[]; next: string | null }>(name);
  const all = lines.data?.lines ?? null;
  return h(
    'div',
    { class: 'listing' },
    h(
      ListBar,
      { title: words.unparsed, total: groups.data?.total, list: 'unparsed', asked },
      h(Link, { to: '/messages' }, words.messages),
    ),
    h('p', { class: 'dim' }, words.unparsedText),
    h(QueryForm, { label: words.unparsed, fields: words.unparsedFields }),
    h(Panel, { title: words.byMessage }, h(Failure, { loaded: groups }), h(GroupTable, { groups: groups.data })),
    h(
      Panel,
      { title: words.oneByOneLatest },
      h(Failure, { loaded: lines }),
      lines.of === name && all?.length === 0
        ? h(NoRows, {}, h('p', { class: 'dim' }, words.noUnread))
        : h(ListTable, {
            caption: words.oneByOneLatest,
            columns: words.unreadColumns,
            rows: all?.map(lineRow) ?? null,
          }),
      h(Pages, { next: lines.data?.next }),
    ),
  );
}

function GroupTable({ groups: answer }: { readonly groups: Groups | null }) {
  if (answer !== null && answer.groups.length === 0)
    return h('p', { class: 'dim' }, words.noUnread, ' ', h(Link, { to: '/messages/unparsed' }, words.clearFilters));
  return h(
    'div',
    {},
    h(ListTable, {
      caption: words.byMessage,
      columns: words.groupColumns,
      numbers: [2, 3],
      rows: answer?.groups.map(groupRow) ?? null,
      ghosts: 4,
    }),
    answer !== null && answer.others > 0 && h('p', { class: 'dim' }, words.furtherLines(answer.others)),
  );
}

function groupRow({ facility, mnemonic, why, count, devices, lastAt, raw }: UnparsedGroup) {
  // The other filters stay: the counts are of what meets them.
  const query = picked(FILTERS);
  for (const [name, value] of Object.entries({ facility, mnemonic, why })) query.set(name, textOf([value]));
  return {
    key: `${facility} ${mnemonic} ${why}`,
    cells: [
      h(Link, { to: '/messages/unparsed', query: query.toString() }, h('bdi', {}, `${facility}-${mnemonic}`)),
      words.whyUnread[why as keyof typeof words.whyUnread] ?? why,
      count.toLocaleString('en'),
      devices.toLocaleString('en'),
      h(Time, { at: lastAt, relative: true }),
      h(Sample, { raw }),
    ],
  };
}

function lineRow({ receivedAt, device, facility, mnemonic, why, raw }: UnparsedLine, index: number) {
  return {
    key: `${index} ${receivedAt}`,
    cells: [
      h(Time, { at: receivedAt }),
      device === null ? words.noDevice : h(Link, { to: `/devices${pathOf(device)}` }, h('bdi', {}, device)),
      h('bdi', {}, `${facility}-${mnemonic}`),
      words.whyUnread[why as keyof typeof words.whyUnread] ?? why,
      h(Sample, { raw }),
    ],
  };
}

/** A line that somebody may send to those who write the grammar. */
function Sample({ raw }: { readonly raw: string }) {
  return h(
    'details',
    {},
    h('summary', {}, h('span', { class: 'one-line' }, h(Raw, { text: raw }))),
    h('p', {}, h(Raw, { text: raw }), ' ', h(Copy, { text: raw, label: words.copySample })),
  );
}
