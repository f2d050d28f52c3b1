/** Where the focus is when a page, or the element that had it, is another one: never nowhere. */

/** What a person, or this file, has given the focus to last. */
let had: Element | null = null;
/** Another page was opened, and its heading has not had the focus yet. */
let isDue = false;

/** From now on: where the element with the focus is taken away, the heading of the page gets it, and a later one after it. */
export function keepFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    had = target as Element;
  });
  // Who clicks beside everything wants the focus nowhere.
  document.addEventListener('pointerdown', () => {
    had = null;
  });
  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true });
}

/** Who cannot see the page learns that it is another one by the focus on its heading. */
export function focusHeading(): void {
  isDue = true;
  settle();
}

function settle(): void {
  const active = document.activeElement;
  const isLost = active === document.body && had !== null && !had.isConnected;
  // A page whose file is still loading has no heading yet.
  if (!isDue && !isLost && active?.id !== 'main') return;
  const next = document.querySelector<HTMLElement>('main h1') ?? document.getElementById('main');
  if (next === null || document.querySelector('dialog[open]') !== null) return;
  isDue = false;
  if (next === active) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
}
