import { h } from 'preact';
import type { Evidence, Note, Transition } from '../../src/serve/schemas.ts';
import { ask, query } from '../router.ts';
import { kindButtons } from '../ui/kind-buttons.ts';
import { Panel, Raw, Time } from '../ui/parts.ts';
import { words } from '../words/en.ts';

type Props = {
  readonly lines: readonly Evidence[];
  readonly changes: readonly Transition[];
  readonly notes: readonly Note[];
};
type Kind = keyof typeof words.kinds;
type Entry = { readonly at: string; readonly kind: Kind; readonly line?: Evidence; readonly text: string };

/** Messages, changes and notes in the order of their times, the newest first. The chosen kinds stand in the URL. */
export function Timeline({ lines, changes, notes }: Props) {
  const kinds = Object.keys(words.kinds) as Kind[];
  const text = query.value.get('kinds');
  const shown = text === null ? kinds : kinds.filter((kind) => text.split(',').includes(kind));
  const toggle = (kind: Kind) => {
    const next = shown.includes(kind) ? shown.filter((each) => each !== kind) : [...shown, kind];
    ask({ kinds: next.length === kinds.length ? null : next.join(',') || '-' });
  };
  const entries: Entry[] = [
    ...lines.map((line) => ({ at: line.at, kind: 'message' as const, line, text: line.mnemonic })),
    ...changes.map((change) => ({
      at: change.decidedAt,
      kind: 'change' as const,
      text: `${change.from ?? '–'} → ${change.to} (${change.reason})`,
    })),
    ...notes.map((note) => ({ at: note.at, kind: 'note' as const, text: `${note.by} · ${note.kind} · ${note.text}` })),
  ];
  const rows = entries.filter(({ kind }) => shown.includes(kind)).sort((a, b) => (a.at < b.at ? 1 : -1));
  return h(
    Panel,
    {
      title: words.timeline,
      aside: h('span', { class: 'kinds' }, kindButtons({ names: words.kinds, pressed: shown, toggle })),
    },
    rows.length === 0
      ? h('p', { class: 'dim' }, words.emptyTimeline)
      : h(
          'ol',
          { class: 'timeline' },
          rows.map((row, index) => h(EntryRow, { row, key: index })),
        ),
  );
}

function EntryRow({ row: { at, kind, text, line } }: { readonly row: Entry }) {
  if (line === undefined)
    return h('li', {}, h(Time, { at }), ' ', h('span', { class: 'kind' }, words.kinds[kind]), ' ', h('bdi', {}, text));
  const what = [line.family, line.cause, line.weight > 0 ? `+${line.weight}` : null]
    .filter((each) => each !== null)
    .join(' · ');
  return h(
    'li',
    { class: line.decisive ? 'decisive' : '' },
    h(Time, { at }),
    ' ',
    h('span', { class: 'kind' }, words.kinds[kind]),
    ' ',
    h('b', {}, `%${line.mnemonic}`),
    ` ${what} `,
    h(
      'details',
      {},
      h('summary', {}, words.raw),
      h('p', {}, h(Raw, { text: line.raw })),
      h(
        'p',
        { class: 'dim' },
        words.received,
        ' ',
        h(Time, { at: line.receivedAt }),
        ' · ',
        words.timeUsed[line.timeUsed],
        line.stampRejected !== null && ` · ${words.stampRejected(line.stampRejected)}`,
        line.sender !== null && ` · ${words.from} ${line.sender} (${line.transport})`,
      ),
    ),
  );
}
