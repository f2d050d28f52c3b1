import { h } from 'preact';
import { levelOf, percent } from './geometry.ts';

const short = new Intl.NumberFormat('en', { notation: 'compact' });

/** The lines across a chart, each with its value above it. */
export function levels(ticks: readonly number[]) {
  const top = ticks.at(-1) ?? 1;
  return ticks.map((value) => {
    const y = percent(levelOf(value, top));
    return h(
      'g',
      { key: value, class: 'level' },
      h('line', { x1: '0%', x2: '100%', y1: y, y2: y }),
      value > 0 && h('text', { x: 0, y, dy: '-0.3em' }, short.format(value)),
    );
  });
}
