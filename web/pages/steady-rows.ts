/** Rows that do not move while somebody reads them. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** `changed`: a moment ago. `left`: it does not meet the filters any more, or is not on this page. */
export type SteadyRow<T> = { readonly row: T; readonly mark: '' | 'changed' | 'left' };

/** Names a row; as a function that stays the same. */
type KeyOf<T> = (row: T) => string;

const MARK_MS = 4000;

/** What is shown after an answer: each row in its place, with what is known of it now. Pure. */
export function steady<T>(
  shown: readonly T[],
  fresh: readonly T[],
  keyOf: KeyOf<T>,
): { rows: SteadyRow<T>[]; waiting: number } {
  const byKey = new Map(fresh.map((row) => [keyOf(row), row]));
  const known = new Set(shown.map(keyOf));
  const rows = shown.map((before) => {
    const row = byKey.get(keyOf(before));
    if (row === undefined) return { row: before, mark: 'left' as const };
    return { row, mark: sameText(before, row) ? ('' as const) : ('changed' as const) };
  });
  const added = fresh.filter((row) => !known.has(keyOf(row))).length;
  const left = rows.filter(({ mark }) => mark === 'left').length;
  return { rows, waiting: added + left + moved(shown.map(keyOf), fresh.map(keyOf)) };
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

/** `asked`: another question shows its answer as it is. `show`: lets everything take its place. */
export function useSteadyRows<T>(asked: string, fresh: readonly T[] | null, keyOf: KeyOf<T>) {
  const kept = useSignal<{
    asked: string;
    fresh: readonly T[] | null;
    rows: readonly SteadyRow<T>[];
    waiting: number;
  }>({
    ...{ asked, fresh: null, rows: [], waiting: 0 },
  });
  const asIs = (rows: readonly T[]) => rows.map((row) => ({ row, mark: '' as const }));
  useEffect(() => {
    if (fresh === null || fresh === kept.value.fresh) return;
    const before = kept.value;
    if (before.asked !== asked || before.fresh === null || before.rows.length === 0)
      kept.value = { asked, fresh, rows: asIs(fresh), waiting: 0 };
    else
      kept.value = {
        asked,
        fresh,
        ...steady(
          before.rows.map(({ row }) => row),
          fresh,
          keyOf,
        ),
      };
    const timer = setTimeout(() => {
      const { rows } = kept.value;
      if (rows.some(({ mark }) => mark === 'changed'))
        kept.value = { ...kept.value, rows: rows.map((row) => (row.mark === 'changed' ? { ...row, mark: '' } : row)) };
    }, MARK_MS);
    return () => clearTimeout(timer);
  }, [asked, fresh]);
  const { rows, waiting } = kept.value;
  return {
    rows,
    waiting,
    show: () => {
      kept.value = { asked, fresh, rows: asIs(fresh ?? []), waiting: 0 };
    },
  };
}
