/** Which incidents a person has chosen to act on. Nothing but a person changes it: no live change, and no other page of the list. */
import { signal } from '@preact/signals';

/** What is kept of an incident that is chosen: enough to name it. */
export type Named = { readonly id: string; readonly device: string };

export type Choice = {
  /** The devices of single incidents by the ids of these, in the order in which they were chosen. */
  readonly rows: ReadonlyMap<string, string>;
  /** All incidents that meet a filter, as many as the person has seen; then `rows` is empty. */
  readonly all: { readonly filter: string; readonly count: number } | null;
  /** The incident that was chosen or left last: a range begins there. */
  readonly anchor: string | null;
};

/** The service takes no more at once: `limits.bulkIncidents`. */
export const MOST = 1000;

export const NOTHING: Choice = { rows: new Map(), all: null, anchor: null };

/** It outlives its page: who looks into an incident and comes back finds it as it was. */
export const choice = signal<Choice>(NOTHING);

/** What names the chosen incidents: the same for the same ones, in whatever order and however many they were chosen. */
export const nameOf = ({ rows, all }: Pick<Choice, 'rows' | 'all'>): string =>
  all === null ? [...rows.keys()].sort().join(' ') : `all ${all.filter}`;

export const countOf = ({ rows, all }: Choice): number => all?.count ?? rows.size;

/** Chooses `row`, or leaves it. `shown`, if it is given: all rows from the anchor to `row` in this order become like `row`. */
export function toggled(before: Choice, row: Named, shown: readonly Named[] | null = null): Choice {
  const isChosen = !before.rows.has(row.id);
  return withRows(before, shown === null ? [row] : rangeOf(shown, before.anchor, row), isChosen, row.id);
}

/** Chooses all of these rows, or leaves them. */
export function withAll(before: Choice, shown: readonly Named[], isChosen: boolean): Choice {
  return withRows(before, shown, isChosen, before.anchor);
}

function withRows(before: Choice, changed: readonly Named[], isChosen: boolean, anchor: string | null): Choice {
  const rows = new Map(before.rows);
  for (const { id, device } of changed)
    if (isChosen) rows.set(id, device);
    else rows.delete(id);
  return { rows, all: null, anchor };
}

function rangeOf(shown: readonly Named[], anchor: string | null, row: Named): readonly Named[] {
  const [from, to] = [anchor, row.id].map((id) => shown.findIndex((each) => each.id === id)) as [number, number];
  return from < 0 || to < 0 ? [row] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
}
