/** The kinds of rows that a timeline shows, as they stand in the URL: without the parameter, all. */
import { textOf, valuesIn } from './values.ts';

/** Stands for none of them: an empty parameter would be none in the URL. */
const NONE = '-';

/** Those that are shown, in the order of `all`. Others, which a link may name, are none. */
export function shownKinds<Kind extends string>(text: string | null, all: readonly Kind[]): readonly Kind[] {
  if (text === null) return all;
  const named = valuesIn(text);
  return all.filter((kind) => named.includes(kind));
}

/** The parameter after a kind was clicked; null: it is not needed. */
export function kindsAfter<Kind extends string>(
  text: string | null,
  all: readonly Kind[],
  clicked: Kind,
): string | null {
  const shown = shownKinds(text, all);
  const next = all.filter((kind) => shown.includes(kind) !== (kind === clicked));
  if (next.length === all.length) return null;
  return next.length === 0 ? NONE : textOf(next);
}
