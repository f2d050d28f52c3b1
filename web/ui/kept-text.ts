/** Texts that somebody types or pastes: they outlive a reload of the page, in this tab only. */
import { computed, effect, signal } from '@preact/signals';
import { DRAFT, TYPED, whenPersonLeaves } from '../session.ts';

/** Characters that are kept: a browser has room for some five million, for all texts of a page together. */
export const MOST_KEPT = 500_000;

/** A text in the storage of the tab. */
function stored(key: string) {
  return {
    read: () => sessionStorage.getItem(key) ?? '',
    /** A text that is too long is not kept, nor is the one before it. */
    write: (text: string) => {
      if (text === '' || text.length > MOST_KEPT) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, text);
    },
  };
}

/** What is typed into a dialog, until it was sent; it survives a log-out, and ends with another person. `name`: of what is asked. */
export const draftText = (name: string) => stored(`${DRAFT}${name}`);

/** What is pasted into a page. It ends with the person who has pasted it, and not with the session. */
export function pastedText(name: string) {
  const { read, write } = stored(`${TYPED}${name}`);
  const text = signal(read());
  const isKept = computed(() => text.value.length <= MOST_KEPT);
  effect(() => write(text.value));
  whenPersonLeaves(() => {
    text.value = '';
  });
  return { text, isKept, forget: () => write('') };
}
