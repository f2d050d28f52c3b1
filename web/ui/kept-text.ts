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

/** A text that was sent, and whose answer has not come. `count`: how often it was written before. */
export type Sent = { readonly text: string; readonly count: number };

/** What is typed into a dialog, until it was sent; it survives a log-out, and ends with another person. `name`: of what is asked. */
export function draftText(name: string) {
  const [text, mark] = [stored(`${DRAFT}${name}`), stored(`${DRAFT}sent ${name}`)];
  /** Null: the answer has come. */
  const setSent = (sent: Sent | null) => mark.write(sent === null || sent.text === '' ? '' : JSON.stringify(sent));
  /** What is typed, if it was sent; null: it was not, or is another text by now. */
  const sent = (): Sent | null => {
    const was: Sent | null = JSON.parse(mark.read() || 'null');
    return was !== null && was.text === text.read() ? was : null;
  };
  /** The same, but what is written by now is not offered again. `countOf`: how often a text is written. */
  const unanswered = (countOf: (text: string) => number): Sent | null => {
    const was = sent();
    if (was === null || countOf(was.text) <= was.count) return was;
    text.write('');
    setSent(null);
    return null;
  };
  return { ...text, setSent, sent, unanswered };
}

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
