import { h } from 'preact';
import type { GraceEnds } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { DAY_MS, utcDay } from '../time.ts';
import { Failure, Panel } from '../ui/parts.ts';
import { charts as words } from '../words/charts.ts';
import { ChartTable, TableButton } from './as-table.ts';
import { BELOW, levelOf, percent, ticksFor } from './geometry.ts';
import { levels } from './levels.ts';

const WEEK_MS = 7 * DAY_MS;
/** Weeks that have a bar of their own; those after them share one. */
const WEEKS = 53;
/** Between a bar and the next one, in percent of a bar. */
const GAP = 18;

type Bar = {
  readonly kind: 'over' | 'week' | 'rest' | 'bounded';
  readonly name: string;
  readonly count: number;
  readonly monday?: string;
};

/** When the grace periods of failing devices end, by week. `plant`: null: of all; empty: of devices without one. */
export function GraceWeeks({ plant }: { readonly plant: string | null }) {
  const query = plant === null ? '' : `?${new URLSearchParams({ plant })}`;
  const loaded = useLoad<GraceEnds>(`fleet/grace${query}`, 'live');
  const { data } = loaded;
  const bars = data === null ? [] : barsOf(data);
  const known = bars.filter(({ count }) => count > 0);
  return h(
    Panel,
    { title: words.graceEnd, aside: h(TableButton, { name: 'grace', title: words.graceEnd }) },
    h(Failure, { loaded }),
    h(
      'div',
      { class: 'chart-room' },
      data !== null &&
        (known.length === 0 ? h('p', { class: 'dim' }, words.noGrace) : [drawing(bars), h(Keys, { bars })]),
    ),
    h(ChartTable, {
      ...{ name: 'grace', title: words.graceEnd, columns: words.graceColumns },
      rows: known.map(({ name, count }) => ({ key: name, cells: [name, count] })),
    }),
  );
}

/** Those that are over, each week from this one to the last one with any, those later, and those of which only a bound is known. */
function barsOf({ at, over, bounded, weeks }: GraceEnds): readonly Bar[] {
  // From Monday, 00:00 UTC, as the service counts; 1970 began on a Thursday.
  const week = (time: string) => Math.floor((Date.parse(time) / 86_400_000 + 3) / 7);
  const first = week(at);
  const counts: number[] = [];
  for (const { from, count } of weeks) {
    const place = Math.min(WEEKS, Math.max(0, week(from) - first));
    counts[place] = (counts[place] ?? 0) + count;
  }
  const monday = (place: number) => utcDay((first + place) * WEEK_MS - 3 * DAY_MS);
  const bars: Bar[] = Array.from(counts, (count = 0, place) =>
    place === WEEKS
      ? { kind: 'rest', name: words.graceLater(monday(place)), count }
      : { kind: 'week', name: words.graceWeek(monday(place)), count, monday: monday(place) },
  );
  return [
    ...(over > 0 ? [{ kind: 'over', name: words.graceOver, count: over } as const] : []),
    ...bars,
    ...(bounded > 0 ? [{ kind: 'bounded', name: words.graceAtMost, count: bounded } as const] : []),
  ];
}

/** Left of the bars stand the values of the lines across. */
const LEFT = 5;
/** A few bars do not fill the drawing: each would be a wall. */
const LEAST = 12;
/** Weeks of which the first and the last are named both. */
const MANY = 6;

function drawing(bars: readonly Bar[]) {
  const ticks = ticksFor(Math.max(...bars.map(({ count }) => count)));
  const top = ticks.at(-1) ?? 1;
  const width = (100 - LEFT) / Math.max(LEAST, bars.length);
  return h(
    'svg',
    { class: 'chart', role: 'img', 'aria-labelledby': 'grace-weeks' },
    h('title', { id: 'grace-weeks' }, words.graceTitle(sumOf(bars))),
    levels(ticks),
    bars.map(({ kind, name, count }, place) => {
      const y = levelOf(count, top);
      return h(
        'rect',
        {
          ...{ key: name, class: `chart-${kind}`, x: percent(LEFT + width * (place + GAP / 200)), y: percent(y) },
          ...{ width: percent((width * (100 - GAP)) / 100), height: percent(levelOf(0, top) - y) },
        },
        h('title', {}, `${name}: ${count.toLocaleString('en')}`),
      );
    }),
    labels(bars, width),
  );
}

/** The Monday of the first week and, if there is room, of the last one. */
function labels(bars: readonly Bar[], width: number) {
  const [first, last] = [
    bars.findIndex(({ kind }) => kind === 'week'),
    bars.findLastIndex(({ kind }) => kind === 'week'),
  ];
  if (first === -1) return null;
  const label = (place: number, x: number, anchor: string) =>
    h('text', { key: place, x: percent(x), y: percent(BELOW), 'text-anchor': anchor }, bars[place]?.monday);
  return [
    label(first, LEFT + width * first, 'start'),
    last - first >= MANY && width * (last - first) > 50 && label(last, LEFT + width * (last + 1), 'end'),
  ];
}

const sumOf = (bars: readonly Bar[]) => bars.reduce((sum, { count }) => sum + count, 0);

/** What the colours are, with how many of each. */
function Keys({ bars }: { readonly bars: readonly Bar[] }) {
  const kinds = (['over', 'week', 'rest', 'bounded'] as const).filter((kind) => bars.some((bar) => bar.kind === kind));
  return h(
    'p',
    { class: 'chart-keys' },
    kinds.map((kind) => {
      const count = sumOf(bars.filter((bar) => bar.kind === kind));
      return h('span', { key: kind, class: `chart-key chart-${kind}` }, words.graceKeys[kind](count));
    }),
  );
}
