/** The keyboard. No key has an effect with a modifier, while somebody types, or where keys are switched off (WCAG 2.1.4). */
import { pause } from './live/connection.ts';
import { change, preferences } from './preferences.ts';
import { open } from './router.ts';
import { helpIsOpen } from './ui/key-help.ts';

const pages: Readonly<Record<string, string>> = {
  ...{ c: '/', i: '/incidents', d: '/devices', p: '/plants', m: '/messages', n: '/notices', h: '/health' },
};

/** A visible control that a key stands for is marked with it: `data-key`. */
const control = (key: string) => document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);

const actions: Readonly<Record<string, () => void>> = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  o: () => chosenRow()?.querySelector('a')?.click(),
  a: () => control('a')?.click(),
  n: () => control('n')?.click(),
  '/': () => control('/')?.focus(),
  '.': () => change('zone'),
  t: () => change('theme'),
  p: pause,
  '?': () => {
    helpIsOpen.value = true;
  },
};

let isGoing = false;

export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || preferences.keys.value === 'off') return;
    const target = event.target as HTMLElement;
    if (event.key === 'Escape' && target.matches('[data-key="/"]')) target.blur();
    if (target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null) return;
    const { key } = event;
    const goes = isGoing && Object.hasOwn(pages, key) ? pages[key] : undefined;
    const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
    isGoing = !isGoing && key === 'g';
    if (goes !== undefined) open(goes);
    else if (action === undefined) return;
    else action();
    event.preventDefault();
  });
}

const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-row]')];
const chosenRow = () => document.activeElement?.closest<HTMLElement>('tr[data-row]') ?? null;

function moveRow(by: number): void {
  const all = rows();
  const at = all.indexOf(chosenRow() as HTMLElement);
  const next = all[at === -1 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector<HTMLElement>('a')?.focus();
}
