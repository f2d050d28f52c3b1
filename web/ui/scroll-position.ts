/** Where a person was on a page: a step back leads there again, once the rows are there. The focus is the heading's, as ever. */

/** What loads for longer is another page by then. */
const WAIT_MS = 5000;
/** Whoever moves himself is not moved any more. */
const MOVES = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** Where to return to, while the page is not long enough. */
let due: number | null = null;
let late: ReturnType<typeof setTimeout> | undefined;
const loading = new MutationObserver(settle);

/** From now on: each step of the history keeps its position; a step back or forward returns to it, and so does a reload. */
export function keepScrollPosition(): void {
  history.scrollRestoration = 'manual';
  addEventListener('scrollend', note);
  // Before the link is followed.
  document.addEventListener('click', note, { capture: true });
  for (const move of MOVES) addEventListener(move, giveUp, { capture: true, passive: true });
  addEventListener('popstate', ({ state }) => returnTo(positionIn(state)));
  returnTo(positionIn(history.state));
}

function positionIn(state: unknown): number {
  const { y } = (state ?? {}) as { readonly y?: unknown };
  return typeof y === 'number' ? y : 0;
}

function note(): void {
  // The page that is loading has no position of its own yet.
  if (due === null) history.replaceState({ y: scrollY }, '');
}

function returnTo(y: number): void {
  giveUp();
  due = y;
  late = setTimeout(() => {
    scrollTo(0, y);
    giveUp();
  }, WAIT_MS);
  loading.observe(document.body, { childList: true, subtree: true });
  requestAnimationFrame(settle);
}

function giveUp(): void {
  due = null;
  clearTimeout(late);
  loading.disconnect();
}

function settle(): void {
  if (due === null || document.documentElement.scrollHeight < due + innerHeight) return;
  scrollTo(0, due);
  giveUp();
}
