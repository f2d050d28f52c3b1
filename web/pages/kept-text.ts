/** A text that somebody types or pastes: it outlives a reload of the page, in this tab only, and not the session. */
import { computed, effect, signal } from '@preact/signals';
import { TYPED, whenPersonLeaves } from '../session.ts';

/** Characters that are kept: a browser has room for some five million, for all texts of a page together. */
export const MOST_KEPT = 500_000;

/** `name`: of the text, in the storage of the tab. */
export function keptText(name: string) {
  const key = `${TYPED}${name}`;
  const text = signal(sessionStorage.getItem(key) ?? '');
  const isKept = computed(() => text.value.length <= MOST_KEPT);
  const forget = () => sessionStorage.removeItem(key);
  effect(() => {
    if (text.value === '' || !isKept.value) forget();
    else sessionStorage.setItem(key, text.value);
  });
  whenPersonLeaves(() => {
    text.value = '';
  });
  return { text, isKept, forget };
}
