/**
 * Whether a page has missed what changed after it had asked and before it listened. Each answer says which change came last
 * (`feed-position`), and so does the first event of the stream: where they differ, the page has to ask again.
 */

/** Where the stream began; null: nobody listens yet. */
let began: string | null = null;
/** Of answers that came before that. */
const positions = new Set<string>();
let onMissed: (() => void) | null = null;

/** The stream begins at `position`. `missed` is called at most once, and at once if an answer is older already. */
export function begins(position: string, missed: () => void): void {
  const isFirst = began === null;
  began = position;
  if (!isFirst) return;
  onMissed = missed;
  for (const each of positions) compare(each);
  positions.clear();
}

/** Whether an answer that is asked for now may miss a change that nobody tells. */
export const isEarly = (): boolean => began === null;

/** An answer that was asked for while `isEarly()` has come. `position`: null: it does not say, or nothing was answered. */
export function cameEarly(position: string | null): void {
  if (began === null) positions.add(position ?? '');
  else compare(position ?? '');
}

function compare(position: string): void {
  if (position === began) return;
  const tell = onMissed;
  onMissed = null;
  tell?.();
}
