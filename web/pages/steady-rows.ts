/** Rows that do not move while somebody reads them. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Incident } from '../../src/serve/schemas.ts';

/** `changed`: a moment ago. `left`: it does not meet the filters any more, or is not on this page. */
export type SteadyRow = { readonly incident: Incident; readonly mark: '' | 'changed' | 'left' };

const MARK_MS = 4000;

/** What is shown after an answer: each row in its place, with what is known of it now. Pure. */
export function steady(shown: readonly Incident[], fresh: readonly Incident[]): { rows: SteadyRow[]; waiting: number } {
  const byId = new Map(fresh.map((incident) => [incident.id, incident]));
  const known = new Set(shown.map(({ id }) => id));
  const rows = shown.map((before) => {
    const incident = byId.get(before.id);
    if (incident === undefined) return { incident: before, mark: 'left' as const };
    return { incident, mark: sameText(before, incident) ? ('' as const) : ('changed' as const) };
  });
  const added = fresh.filter(({ id }) => !known.has(id)).length;
  const left = rows.filter(({ mark }) => mark === 'left').length;
  return { rows, waiting: added + left + moved(shown, fresh) };
}

/** How many rows that are in both stand in another order. */
function moved(shown: readonly Incident[], fresh: readonly Incident[]): number {
  const order = new Map(fresh.map(({ id }, index) => [id, index]));
  const places = shown.flatMap(({ id }) => order.get(id) ?? []);
  let count = 0;
  let most = -1;
  for (const place of places) {
    if (place < most) count++;
    else most = place;
  }
  return count;
}

function sameText(a: Incident, b: Incident): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `asked`: another question shows its answer as it is. `show`: lets everything take its place. */
export function useSteadyRows(asked: string, fresh: readonly Incident[] | null) {
  const kept = useSignal<{
    asked: string;
    fresh: readonly Incident[] | null;
    rows: readonly SteadyRow[];
    waiting: number;
  }>({
    ...{ asked, fresh: null, rows: [], waiting: 0 },
  });
  const asIs = (incidents: readonly Incident[]) => incidents.map((incident) => ({ incident, mark: '' as const }));
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
          before.rows.map(({ incident }) => incident),
          fresh,
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
