import { h } from 'preact';
import type { History } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { ask, query } from '../router.ts';
import { DAY_MS, now, utcDay } from '../time.ts';
import { Failure, Panel } from '../ui/parts.ts';
import { charts as words } from '../words/charts.ts';
import { ChartTable, TableButton } from './as-table.ts';
import { BurnDownDrawing } from './burn-down-drawing.ts';

/** Days that can be chosen; the service has no more. The first that is not in the query is that of the service. */
const RANGES = [30, 90, 365, 800] as const;
const DEFAULT_DAYS = 90;

/** The query of the days that are chosen, by the clock of the service. */
function rangeOf(days: number): Readonly<Record<string, string>> {
  if (days === DEFAULT_DAYS) return {};
  return { from: utcDay(now.value - (days - 1) * DAY_MS), to: utcDay(now.value) };
}

/** The days from the first one on of which there is anything to tell, or only the last. */
function knownDays(days: History['days']): History['days'] {
  const first = days.findIndex(({ open, opened, resolved, closed }) => open + opened + resolved + closed > 0);
  return days.slice(first);
}

/** How many incidents were open by day, and whether they fall fast enough. `plant`: null: of all; empty: of devices without one. */
export function BurnDown({ plant }: { readonly plant: string | null }) {
  const asked = RANGES.find((days) => `${days}` === query.value.get('days')) ?? DEFAULT_DAYS;
  const parameters = new URLSearchParams({ ...rangeOf(asked), ...(plant === null ? {} : { plant }) });
  const loaded = useLoad<History>(`fleet/history?${parameters}`, 'live');
  const { data } = loaded;
  const days = data === null ? [] : knownDays(data.days);
  return h(
    Panel,
    {
      title: words.burnDown,
      aside: h(
        'span',
        { class: 'kinds' },
        RANGES.map((range) =>
          h(
            'button',
            {
              ...{ key: range, 'aria-pressed': range === asked, title: words.daysLong(range) },
              onClick: () => ask({ days: range === DEFAULT_DAYS ? null : `${range}` }),
            },
            words.daysShort(range),
          ),
        ),
        h(TableButton, { name: 'days', title: words.burnDown }),
      ),
    },
    h(Failure, { loaded }),
    h(
      'div',
      { class: 'chart-room' },
      data !== null && [h(Pace, { history: data }), h(Drawing, { history: data, days })],
    ),
    h(ChartTable, {
      ...{ name: 'days', title: words.burnDown, columns: words.dayColumns },
      rows: days.toReversed().map(({ day, opened, resolved, closed, reopened, open, assumed }) => ({
        key: day,
        cells: [assumed ? `${day} ${words.assumed}` : day, open, opened + reopened, resolved + closed],
      })),
    }),
  );
}

/** With as few digits as tell one from the other, and none from a little. */
function shownPaces(...paces: readonly [number, number]): [string, string] {
  const withDigits = (digits: number) =>
    paces.map((pace) =>
      pace.toLocaleString('en', {
        ...(Math.abs(pace) < 1 ? { maximumSignificantDigits: digits } : { maximumFractionDigits: digits }),
      }),
    ) as [string, string];
  const isTold = ([first, second]: [string, string]) => first !== second || paces[0] === paces[1];
  return [2, 3].map(withDigits).find(isTold) ?? withDigits(4);
}

function Pace({ history: { neededPerDay, donePerDay, withoutGrace } }: { readonly history: History }) {
  const isSlow = neededPerDay > donePerDay;
  const [needed, done] = shownPaces(neededPerDay, donePerDay);
  return h(
    'p',
    { class: isSlow ? 'doubt' : 'well' },
    `${isSlow ? '▲' : '✓'} ${words.pace(needed, done, isSlow)}`,
    withoutGrace > 0 && h('span', { class: 'dim pace-note' }, ` ${words.withoutGrace(withoutGrace)}`),
  );
}

function Drawing({ history, days }: { readonly history: History; readonly days: History['days'] }) {
  if (days.every(({ open, opened }) => open + opened === 0)) return h('p', { class: 'dim' }, words.noDays);
  return h(BurnDownDrawing, { history, days });
}
