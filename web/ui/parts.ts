/** Small parts that many pages use. */
import { type ComponentChildren, h } from 'preact';
import type { Loaded } from '../load.ts';
import { hrefOf } from '../router.ts';
import { absolute, fromNow, HOUR_MS, now, readable } from '../time.ts';
import { words } from '../words/en.ts';

/** A sign and a word: colour alone says nothing. */
const SIGNS: Readonly<Record<string, string>> = {
  critical: '◆',
  major: '▲',
  warning: '●',
  recovering: '✓',
  resolved: '✓',
};

export function Severity({ value }: { readonly value: string }) {
  return h('span', { class: `severity ${value}` }, `${SIGNS[value] ?? '·'} ${value}`);
}

/** How many of a severity, with its sign; none is said without colour. */
export function SeverityCount({ value, count }: { readonly value: string; readonly count: number }) {
  const text = count.toLocaleString('en');
  return count === 0
    ? h('span', {}, text)
    : h('span', { class: `severity ${value}` }, `${SIGNS[value] ?? '·'} ${text}`);
}

/** The severities of open incidents, the gravest first. */
export const SEVERITIES = ['critical', 'major', 'warning'] as const;

type When = {
  readonly at: string | null;
  /** As in lists; else to the second. Both are in the title. */
  readonly relative?: boolean;
  /** It is due, or ends; all else has happened. */
  readonly mayCome?: boolean;
};

export function Time({ at, relative = false, mayCome = false }: When) {
  if (at === null) return h('span', { class: 'dim' }, '–');
  const distance = fromNow(at, mayCome);
  return h('time', { dateTime: at, title: `${absolute(at)} · ${distance}` }, relative ? distance : absolute(at));
}

/** When something was heard last, which is noted once an hour: what is younger is not known more exactly. */
export function Heard({ at, relative = false }: Pick<When, 'at' | 'relative'>) {
  if (at === null) return words.neverHeardOf;
  if (now.value - Date.parse(at) >= HOUR_MS) return h(Time, { at, relative });
  return h('time', { dateTime: at, title: words.notedAt(absolute(at)) }, words.thisHour);
}

/** A link to a page of the console. */
export function Link({ to, query = '', children }: { to: string; query?: string; children?: ComponentChildren }) {
  return h('a', { href: hrefOf(to, query), 'data-page': '' }, children);
}

/** A panel with its heading. `aside`: beside the heading. */
export function Panel({
  title,
  aside,
  children,
}: {
  title: ComponentChildren;
  aside?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return h('section', { class: 'panel' }, h('header', {}, h('h2', {}, title), aside), children);
}

/** Text of a device: it is only ever text, and shown from left to right, whatever marks are in it. */
export function Raw({ text }: { readonly text: string }) {
  return h('bdi', { class: 'raw' }, text);
}

type Asked = Pick<Loaded<unknown>, 'error' | 'again'>;

/** What failed, why, and another try. The rest of the page works. */
export function Failure({ loaded: { error, again } }: { readonly loaded: Asked }) {
  if (error === null) return null;
  return h(
    'p',
    { class: 'failure', role: 'alert' },
    `${words.failed}: `,
    h('bdi', {}, error.message),
    ' ',
    h('button', { onClick: again }, words.retry),
  );
}

/** Texts of devices beside each other: none changes the direction of another one. */
export function Texts({ items, between = ' · ' }: { readonly items: readonly string[]; readonly between?: string }) {
  return h(
    'span',
    {},
    items.map((item, index) => [index > 0 && between, h('bdi', { key: index }, item)]),
  );
}

/** What stands below the heading of a page while its first answer is not there: panels, two beside each other. */
export function GhostPanels() {
  return h(
    'div',
    { class: 'pair', 'aria-hidden': true },
    [0, 1].map((panel) => h('section', { class: 'panel', key: panel }, h(GhostLines, { lines: 8 }))),
  );
}

/** A page whose first answer is not there: below its heading what is wrong, or the room of what comes. */
export function NotYet({ heading, loaded }: { readonly heading: ComponentChildren; readonly loaded: Asked }) {
  const isBusy = loaded.error === null;
  return h('div', { 'aria-busy': isBusy }, heading, h(Failure, { loaded }), isBusy && h(GhostPanels, {}));
}

/** Lines of a list while the first answer is not there. */
export function GhostLines({ lines }: { readonly lines: number }) {
  return h(
    'ul',
    { class: 'plain', 'aria-hidden': true },
    Array.from({ length: lines }, (_, index) => h('li', { key: index }, h('span', { class: 'ghost line' }))),
  );
}

/** Rows of the true height, while the first answer is not there. */
export function Ghosts({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  const cells = Array.from({ length: columns }, (_, index) => h('td', { key: index }, h('span', { class: 'ghost' })));
  return h(
    'tbody',
    { 'aria-hidden': true },
    Array.from({ length: rows }, (_, index) => h('tr', { key: index }, cells)),
  );
}

/** Pairs of a name and what it is. */
export function Facts({ rows }: { readonly rows: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => h('div', { key: name }, h('dt', {}, name), h('dd', {}, value ?? '–'))),
  );
}

/** Causes, or reasons, as a list. */
export function Items({ items }: { readonly items: readonly string[] }) {
  return h(
    'ul',
    {},
    items.map((item, index) => h('li', { key: index }, readable(item))),
  );
}
