import { type ComponentChildren, h } from 'preact';
import type { Evidence, TimelineRow } from '../../src/serve/schemas.ts';
import type { Subject } from '../live/news.ts';
import { useLoad } from '../load.ts';
import { kindsAfter, shownKinds } from '../query/kinds.ts';
import { ask, pathOf, query } from '../router.ts';
import { CsvLink } from '../ui/list-bar.ts';
import { NoRows, Pages } from '../ui/list-table.ts';
import { Failure, Link, Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/timeline.ts';
import { LineTimes } from './line-times.ts';

/** `of`: whose it is, in the API. `subject`: the device that it is about. `incident`: the one of the page; rows of others lead to these. */
type Props = { readonly of: string; readonly subject: Subject | null; readonly incident?: string };
type Kind = TimelineRow['kind'];

const ALL = Object.keys(words.kinds) as Kind[];

/** What happened to a device or in an incident, the newest first. The chosen kinds stand in the URL. */
export function Timeline({ of, subject, incident }: Props) {
  const text = query.value.get('kinds');
  const shown = shownKinds(text, ALL);
  const asked = new URLSearchParams();
  if (shown.length < ALL.length) asked.set('kinds', shown.join(','));
  const cursor = query.value.get('cursor');
  if (cursor !== null) asked.set('cursor', cursor);
  const list = `${of}/timeline`;
  const name = shown.length === 0 ? null : `${list}?${asked}`;
  const loaded = useLoad<{ timeline: readonly TimelineRow[]; next: string | null }>(name, () => subject);
  const data = name === null ? { timeline: [], next: null } : loaded.data;
  const isEmpty = data?.timeline.length === 0 && (name === null || loaded.of === name);
  return h(
    Panel,
    {
      title: words.timeline,
      aside: [
        h(Kinds, { shown, toggle: (kind: Kind) => ask({ kinds: kindsAfter(text, ALL, kind) }) }),
        shown.length > 0 && h(CsvLink, { list, asked }),
      ],
    },
    name !== null && h(Failure, { loaded }),
    isEmpty && h(NoRows, {}, h('p', { class: 'dim' }, words.emptyTimeline)),
    h(
      'ol',
      { class: 'timeline', 'aria-busy': data === null && loaded.error === null },
      keyed(data?.timeline ?? []).map(({ key, row }) => h(Row, { key, row, incident })),
    ),
    h(Pages, { next: data?.next }),
  );
}

function Kinds({ shown, toggle }: { readonly shown: readonly Kind[]; readonly toggle: (kind: Kind) => void }) {
  return h(
    'fieldset',
    { class: 'kinds', 'aria-label': words.shownKinds },
    ALL.map((kind) =>
      h(
        'label',
        { key: kind, class: 'check' },
        h('input', { type: 'checkbox', checked: shown.includes(kind), onChange: () => toggle(kind) }),
        words.kinds[kind],
      ),
    ),
  );
}

/** A row keeps its element, and what is unfolded in it, when others come before it. */
function keyed(rows: readonly TimelineRow[]) {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const { kind, at, text, notice } = row;
    const name = `${kind} ${at} ${notice === null ? text : `${notice.id} ${notice.sink}`}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { key: `${name} ${count}`, row };
  });
}

function Row({ row, incident }: { readonly row: TimelineRow; readonly incident: string | undefined }) {
  const { at, kind } = row;
  return h(
    'li',
    { class: row.message?.decisive ? 'decisive' : undefined },
    h(Time, { at }),
    ' ',
    h('span', { class: 'kind' }, words.kinds[kind]),
    ' ',
    h(What, { row }),
    row.incident !== null &&
      row.incident !== incident && [' · ', h(Link, { to: `/incidents${pathOf(row.incident)}` }, row.incident)],
  );
}

function What({ row: { text, message, inventory, note } }: { readonly row: TimelineRow }) {
  if (message !== null) return h(Message, { message });
  if (inventory !== null) return h(RowChange, { inventory });
  // Who wrote it, and what: neither turns the other round.
  if (note !== null) return h('span', {}, h('bdi', {}, note.by), `, ${note.kind}: `, h('bdi', {}, note.text));
  return h('bdi', {}, text);
}

/** What changed in the inventory row: each value is a text of its own, whatever is in it. */
function RowChange({ inventory }: { readonly inventory: NonNullable<TimelineRow['inventory']> }) {
  const value = (text: string | null) => (text === null ? words.nothing : h('bdi', {}, text));
  return h(
    'span',
    {},
    inventory.changed.map(({ column, from, to }, index) => [
      `${index > 0 ? ', ' : ''}${column}: `,
      value(from),
      ' → ',
      value(to),
    ]),
  );
}

/** What a line says; then as it came. */
function Message({ message }: { readonly message: Evidence }): ComponentChildren {
  const { mnemonic, family, cause, weight, raw } = message;
  const what = [family, cause, weight > 0 ? `+${weight}` : null].filter((each) => each !== null);
  return [
    h('b', {}, `%${mnemonic}`),
    ` ${what.join(' · ')} `,
    h('details', {}, h('summary', {}, words.raw), h('p', {}, h(Raw, { text: raw })), h(LineTimes, { line: message })),
  ];
}
