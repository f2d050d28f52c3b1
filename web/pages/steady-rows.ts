/** Rows that do not move while somebody reads them. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** `changed`: a moment ago. `left`: it does not meet the filters any more, or stands elsewhere in the order. */
export type SteadyRow<T> = {
  readonly row: T;
  readonly mark: '' | 'changed' | 'left';
  /** Until when it counts as changed, in ms of the clock that `steady()` is given. */
  readonly until: number;
};

/** Names a row; as a function that stays the same. */
type KeyOf<T> = (row: T) => string;

export const MARK_MS = 4000;

/** Rows as an answer has them. */
export const asIs = <T>(rows: readonly T[]): SteadyRow<T>[] => rows.map((row) => ({ row, mark: '', until: 0 }));

/**
 * What is shown after an answer: each row in its place, with what is known of it now. `hasMore`: the list goes on behind the
 * answer. Then rows behind the last one that is still there may have been pushed to a later page: they have not left. Pure.
 */
export function steady<T>(
  shown: readonly SteadyRow<T>[],
  fresh: readonly T[],
  keyOf: KeyOf<T>,
  now: number,
  hasMore = false,
): { rows: SteadyRow<T>[]; waiting: number } {
  const byKey = new Map(fresh.map((row) => [keyOf(row), row]));
  const keys = shown.map(({ row }) => keyOf(row));
  const known = new Set(keys);
  const last = keys.findLastIndex((key) => byKey.has(key));
  const rows = shown.map((each, index): SteadyRow<T> => {
    const { row: before, until: ends } = each;
    const row = byKey.get(keyOf(before));
    if (row === undefined) return hasMore && index > last ? each : { row: before, mark: 'left', until: 0 };
    const until = sameText(before, row) ? ends : now + MARK_MS;
    return { row, mark: until > now ? 'changed' : '', until };
  });
  const added = fresh.filter((row) => !known.has(keyOf(row))).length;
  const left = rows.filter(({ mark }) => mark === 'left').length;
  return { rows, waiting: added + left + moved(keys, fresh.map(keyOf)) };
}

/** When the first mark ends; null: there is none. Pure. */
export function nextEnd(rows: readonly SteadyRow<unknown>[]): number | null {
  const ends = rows.flatMap(({ mark, until }) => (mark === 'changed' ? [until] : []));
  return ends.length === 0 ? null : Math.min(...ends);
}

/** The rows without the marks that end at `now`. Pure. */
export function faded<T>(rows: readonly SteadyRow<T>[], now: number): SteadyRow<T>[] {
  return rows.map((each) => (each.mark === 'changed' && each.until <= now ? { ...each, mark: '' } : each));
}

/** How many rows that are in both stand in another order. */
function moved(shown: readonly string[], fresh: readonly string[]): number {
  const order = new Map(fresh.map((key, index) => [key, index]));
  const places = shown.flatMap((key) => order.get(key) ?? []);
  let count = 0;
  let most = -1;
  for (const place of places) {
    if (place < most) count++;
    else most = place;
  }
  return count;
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `asked`: another question shows its answer as it is. `hasMore`: as of `steady()`. `show`: lets everything take its place. */
export function useSteadyRows<T>(asked: string, fresh: readonly T[] | null, keyOf: KeyOf<T>, hasMore = false) {
  const kept = useSignal<{
    asked: string;
    fresh: readonly T[] | null;
    rows: readonly SteadyRow<T>[];
    waiting: number;
  }>({
    ...{ asked, fresh: null, rows: [], waiting: 0 },
  });
  useEffect(() => {
    if (fresh === null || fresh === kept.value.fresh) return;
    const before = kept.value;
    const isNew = before.asked !== asked || before.fresh === null || before.rows.length === 0;
    kept.value = isNew
      ? { asked, fresh, rows: asIs(fresh), waiting: 0 }
      : { asked, fresh, ...steady(before.rows, fresh, keyOf, performance.now(), hasMore) };
  }, [asked, fresh]);
  const { rows, waiting } = kept.value;
  const end = nextEnd(rows);
  useEffect(() => {
    if (end === null) return;
    const fade = () => {
      kept.value = { ...kept.value, rows: faded(kept.value.rows, end) };
    };
    const timer = setTimeout(fade, end - performance.now());
    return () => clearTimeout(timer);
  }, [end]);
  return {
    rows,
    waiting,
    show: () => {
      kept.value = { asked, fresh, rows: asIs(fresh ?? []), waiting: 0 };
    },
  };
}
