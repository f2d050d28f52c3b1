import { h } from 'preact';
import type { History } from '../../src/serve/schemas.ts';
import { charts as words } from '../words/charts.ts';
import { aheadOf, BELOW, levelOf, paceLine, pathOf, percent, plotBox, ticksFor } from './geometry.ts';
import { levels } from './levels.ts';

type Props = { readonly history: History; readonly days: History['days'] };

/** Open incidents by day as a line, and from now on where the pace of the last days leads, and the pace that is needed. */
export function BurnDownDrawing({ history: { neededPerDay, donePerDay }, days }: Props) {
  const points = days.map(({ open }, day) => ({ day, value: open }));
  const last = { day: days.length - 1, value: days.at(-1)?.open ?? 0 };
  const ahead = last.value > 0 ? aheadOf(days.length) : 0;
  const end = last.day + ahead;
  const ticks = ticksFor(Math.max(...days.map(({ open }) => open)));
  const top = ticks.at(-1) ?? 1;
  const known = days.findIndex(({ assumed }) => !assumed);
  const assumed = known === -1 ? points : points.slice(0, known + 1);
  const line = (kind: string, of: typeof points | ReturnType<typeof paceLine>) =>
    of.length > 1 && h('path', { class: kind, d: pathOf(of, top) });
  const at = (day: number) => percent(end === 0 ? 0 : (100 * day) / end);
  return [
    h(
      'svg',
      { class: 'chart', role: 'img', 'aria-labelledby': 'burn-down' },
      h('title', { id: 'burn-down' }, words.burnDownTitle(days[0], days.at(-1))),
      levels(ticks),
      h(
        'svg',
        plotBox(end, top),
        ahead > 0 && line('chart-done', paceLine(last, donePerDay, end, top)),
        ahead > 0 && neededPerDay > 0 && line('chart-needed', paceLine(last, neededPerDay, end, top)),
        line('chart-open chart-assumed', assumed),
        line('chart-open', known === -1 ? [] : points.slice(known)),
      ),
      h('circle', { class: 'chart-now', cx: at(last.day), cy: percent(levelOf(last.value, top)), r: 4 }),
      labels(days, ahead, at),
    ),
    h(
      'p',
      { class: 'chart-keys' },
      h('span', { class: 'chart-key chart-open' }, words.keyOpen),
      assumed.length > 0 && days[0]?.assumed && h('span', { class: 'chart-key chart-assumed' }, words.keyAssumed),
      ahead > 0 && neededPerDay > 0 && h('span', { class: 'chart-key chart-needed' }, words.keyNeeded),
      ahead > 0 && h('span', { class: 'chart-key chart-done' }, words.keyDone),
    ),
  ];
}

/** Days of which the one in the middle is named, too. */
const MANY = 14;

/** The first day, the one in the middle, today, and how far the drawing looks ahead. */
function labels(days: History['days'], ahead: number, at: (day: number) => string) {
  const today = days.length - 1;
  const label = (day: number, text: string, anchor: 'start' | 'middle' | 'end') =>
    h('text', { key: `${day}`, class: 'chart-label', x: at(day), y: percent(BELOW), 'text-anchor': anchor }, text);
  const middle = Math.floor(today / 2);
  return [
    label(0, days[0]?.day ?? '', 'start'),
    today > MANY && label(middle, days[middle]?.day ?? '', 'middle'),
    today > MANY / 2 && label(today, words.today, ahead > 0 ? 'middle' : 'end'),
    ahead > 0 && label(today + ahead, words.ahead(ahead), 'end'),
  ];
}
