/** The keyboard. No key has an effect with a modifier, while somebody types, or where keys are switched off (WCAG 2.1.4). */
import { signal } from '@preact/signals';
import { pause } from './live/connection.ts';
import { change, preferences } from './preferences.ts';
import { open } from './router.ts';
import { helpIsOpen } from './ui/key-help.ts';

const pages: Readonly<Record<string, string>> = {
  ...{ c: '/', i: '/incidents', d: '/devices', p: '/plants', m: '/messages', n: '/notices', h: '/health' },
};

/** A visible control that a key stands for is marked with it: `data-key`. */
const control = (key: string) => document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);

/** What a key does with a row of a list, of which nothing is chosen. `id`: the value of its `data-row`. */
export const rowAct = signal<((key: string, id: string) => void) | null>(null);

/** Presses the control of a key; without one, the key is about the row that has the focus. */
function press(key: string): void {
  const [button, id] = [control(key), rowInFocus()?.dataset['row']];
  if (button !== null) button.click();
  else if (id !== undefined) rowAct.value?.(key, id);
}

/** As a click with the mouse: with Shift it means all rows from the last one. */
function choose(shiftKey: boolean): void {
  const click = new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey });
  rowInFocus()?.querySelector('[data-choose]:not(:disabled)')?.dispatchEvent(click);
}

const openRow = () => rowInFocus()?.querySelector('a')?.click();

const actions: Readonly<Record<string, () => void>> = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  o: openRow,
  x: () => choose(false),
  X: () => choose(true),
  a: () => press('a'),
  n: () => press('n'),
  '/': () => control('/')?.click(),
  '.': () => change('zone'),
  t: () => change('theme'),
  p: pause,
  '?': () => {
    helpIsOpen.value = true;
  },
};

/** Keys that may be held down. */
const HELD: ReadonlySet<string> = new Set(['j', 'k']);

/** How long `g` waits for its letter. */
const GO_MS = 1500;
/** Until when a letter goes to a page, of the time of its event: `g` was the key before it. */
let goesUntil = 0;

export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    const { key } = event;
    if (event.repeat && !HELD.has(key)) return;
    const isGoing = event.timeStamp < goesUntil;
    goesUntil = 0;
    if (event.ctrlKey || event.metaKey || event.altKey || preferences.keys.value === 'off') return;
    const target = event.target as HTMLElement;
    if (event.key === 'Escape' && target.matches('input[type=search]')) target.blur();
    // A dialog that was closed a moment ago may still have the focus.
    const isShut = target.closest('dialog:not([open])') !== null;
    if (!isShut && target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null) return;
    const goes = isGoing && Object.hasOwn(pages, key) ? pages[key] : undefined;
    const isOnBox = key === 'Enter' && target.matches('[data-choose]');
    const action = isOnBox ? openRow : Object.hasOwn(actions, key) ? actions[key] : undefined;
    if (!isGoing && key === 'g') goesUntil = event.timeStamp + GO_MS;
    if (goes !== undefined) open(goes);
    else if (action === undefined) return;
    else action();
    event.preventDefault();
  });
}

const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-row]')];
const rowInFocus = () => document.activeElement?.closest<HTMLElement>('tr[data-row]') ?? null;

function moveRow(by: number): void {
  const all = rows();
  const at = all.indexOf(rowInFocus() as HTMLElement);
  const next = all[at === -1 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector<HTMLElement>('a')?.focus();
}
