/** Charts: where their marks stand, and what they look like in a real browser with histories of every kind. */
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import t from 'tap';
import type { GraceEnds, History } from '../../src/serve/schemas.ts';
import { aheadOf, levelOf, paceLine, ticksFor } from '../../web/charts/geometry.ts';
import { until } from '../app/running.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE } from './failing.ts';

t.test('ticks are whole, few, even, and reach the most', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000 }), (most) => {
      const ticks = ticksFor(most);
      const [first, second = 0] = ticks;
      const top = ticks.at(-1) ?? 0;
      return (
        first === 0 &&
        ticks.length >= 2 &&
        ticks.length <= 5 &&
        ticks.every((tick, index) => Number.isInteger(tick) && tick === index * second) &&
        top >= most &&
        (top - second < most || most === 0) &&
        levelOf(0, top) > levelOf(top, top)
      );
    }),
  );
});

t.test('a pace ends at nothing left, at the top, or at the end of the drawing, and never beyond', async (t) => {
  const from = { day: 9, value: 20 };
  const rows = [
    [2, { day: 19, value: 0 }],
    [0.5, { day: 29, value: 10 }],
    [0, { day: 29, value: 20 }],
    [-1, { day: 29, value: 40 }],
    [-4, { day: 14, value: 40 }],
  ] as const;
  for (const [perDay, end] of rows) t.same(paceLine(from, perDay, 29, 40), [from, end], `${perDay} a day`);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 800 }),
      fc.nat(50_000),
      fc.double({ min: -9e4, max: 9e4, noNaN: true }),
      (days, value, pace) => {
        const top = ticksFor(value).at(-1) ?? 0;
        const end = days - 1 + aheadOf(days);
        const [, last] = paceLine({ day: days - 1, value }, pace, end, top);
        const slack = 1e-6 * top;
        return last !== undefined && last.day <= end && last.value >= -slack && last.value <= top + slack;
      },
    ),
  );
});

type Given = { readonly history: History; readonly grace: GraceEnds };

const AT = '2026-09-18T09:30:00.000Z';
const dayBefore = (days: number) => new Date(Date.parse(AT) - days * 86_400_000).toISOString().slice(0, 10);
const none = { opened: 0, confirmed: 0, recovering: 0, resolved: 0, closed: 0, withdrawn: 0, reopened: 0, open: 0 };
const historyOf = (open: readonly number[], over: Partial<History> = {}): History => ({
  ...{
    plant: null,
    from: dayBefore(open.length - 1),
    to: dayBefore(0),
    neededPerDay: 3,
    donePerDay: 1,
    withoutGrace: 2,
  },
  days: open.map((count, index) => ({
    ...{ ...none, open: count, opened: count, day: dayBefore(open.length - 1 - index), assumed: false },
  })),
  ...over,
});
const graceOf = (counts: readonly number[], over = 0, bounded = 0): GraceEnds => ({
  ...{ at: AT, over, bounded },
  weeks: counts.flatMap((count, week) =>
    count === 0 ? [] : [{ from: new Date(Date.parse('2026-09-14') + week * 7 * 86_400_000).toISOString(), count }],
  ),
});

const long = Array.from({ length: 800 }, (_, day) => Math.round(50_000 * Math.abs(Math.cos(day / 200))));
const assumed = historyOf([5, 4, 3]);

/** What is drawn: days in the table, weeks in the table, and a part of the page's text. */
const shapes: Readonly<Record<string, Given & { readonly rows: readonly [number, number]; readonly says: RegExp }>> = {
  empty: {
    ...{ history: historyOf(Array(90).fill(0), { neededPerDay: 0, donePerDay: 0 }), grace: graceOf([]) },
    ...{ rows: [1, 0], says: /No incident was open in these days/ },
  },
  'one day': { history: historyOf([...Array(89).fill(0), 1]), grace: graceOf([1]), rows: [1, 1], says: /too slow/ },
  'two days, all repaired': {
    ...{ history: historyOf([1, 0], { neededPerDay: 0, donePerDay: 0.14 }), grace: graceOf([]) },
    ...{ rows: [2, 0], says: /needed 0\/day/ },
  },
  'so few that a hundredth a day is more': {
    history: historyOf([1, 1], { neededPerDay: 0.003279, donePerDay: 0 }),
    ...{ grace: graceOf([1]), rows: [2, 1], says: /needed 0\.0033\/day · done 0\/day in the last 7 days: too slow/ },
  },
  'nearly as many as needed': {
    history: historyOf([9, 9], { neededPerDay: 0.1438, donePerDay: 0.1429 }),
    ...{ grace: graceOf([1]), rows: [2, 1], says: /needed 0\.144\/day · done 0\.143\/day .*: too slow/ },
  },
  'more opened than done': {
    history: historyOf([3, 9], { donePerDay: -2 }),
    grace: graceOf([0, 0, 7], 2, 5),
    rows: [2, 3],
    says: /done -2/,
  },
  'assumed days': {
    history: { ...assumed, days: assumed.days.map((day, index) => ({ ...day, assumed: index < 2 })) },
    ...{ grace: graceOf([1, 1]), rows: [3, 2], says: /assumed, from incidents of an older version/ },
  },
  'as long and as high as it gets': {
    ...{ history: historyOf(long, { neededPerDay: 1234.56, donePerDay: 987.65, withoutGrace: 12_345 }) },
    ...{ grace: graceOf(Array(120).fill(49_999), 50_000, 50_000), rows: [800, 56], says: /later 3,349,933/ },
  },
};

/** Answers with this instead of the service. */
async function give(page: Page, { history, grace }: Given): Promise<void> {
  await page.unrouteAll();
  await page.route(/\/api\/v1\/fleet\/history/, (route) => route.fulfill({ json: history }));
  await page.route(/\/api\/v1\/fleet\/grace/, (route) => route.fulfill({ json: grace }));
}

/** Marks that stand outside of their drawing, or have no place at all. */
const strayMarks = (page: Page) =>
  page.evaluate(() => {
    type Box = { left: number; right: number; top: number; bottom: number; width: number };
    type Element = {
      getBoundingClientRect(): Box;
      tagName: string;
      outerHTML: string;
      querySelectorAll(of: string): Element[];
    };
    const { document } = globalThis as unknown as { document: Element };
    return [...document.querySelectorAll('svg.chart')].flatMap((chart) => {
      const outer = chart.getBoundingClientRect();
      return [...chart.querySelectorAll('path, rect, circle, text, line')]
        .filter((mark) => {
          const { left, right, top, bottom } = mark.getBoundingClientRect();
          const inside =
            left >= outer.left - 5 && right <= outer.right + 5 && top >= outer.top - 5 && bottom <= outer.bottom + 5;
          return !inside || /NaN|undefined|Infinity/.test(mark.outerHTML);
        })
        .map((mark) => mark.outerHTML.slice(0, 200));
    });
  });

t.test('each history is drawn within its panel, with its table behind it', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  const browser = await startBrowser(t);
  for (const width of [360, 1440]) {
    const { page, wrong } = await openPage(browser, { width, theme: width === 360 ? 'dark' : 'light' });
    for (const [name, shape] of Object.entries(shapes)) {
      const title = `${name}, ${width}`;
      await give(page, shape);
      await page.goto(`${api}/?tables=days,grace`);
      await page.getByText(shape.says).waitFor();
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      await page.getByRole('table', { name: 'Burn-down' }).waitFor();
      const rows = (table: string) => page.getByRole('table', { name: table }).locator('tbody tr').count();
      const counts = async () => [await rows('Burn-down'), await rows('Grace ends')];
      t.same(await until(counts, (now) => `${now}` === `${shape.rows}`), shape.rows, title);
      t.same(await strayMarks(page), [], title);
      t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${title}: no sideways scroll`);
      t.same(await axeFindings(page), [], title);
    }
    t.same(wrong, []);
  }
});

t.test('the charts of the fleet and of a plant are those of the service', { skip: withoutChromium }, async (t) => {
  const { api, fail } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const today = new Date().toISOString().slice(0, 10);
  for (const path of ['/', `/plants/${encodeURIComponent(HOSTILE)}`]) {
    await page.goto(api + path);
    await page.getByRole('heading', { name: 'Burn-down' }).waitFor();
  }
  await page.goto(api);
  const drawing = page.getByRole('img', { name: /Open incidents by day/ });
  await drawing.waitFor();
  t.match(await drawing.getAttribute('aria-labelledby'), 'burn-down');
  await page.getByText('● live').waitFor();
  await fail('sw-b');
  await page.getByRole('img', { name: new RegExp(`2 on ${today}|2 on \\d`) }).waitFor();
  await page.getByRole('button', { name: 'As table: Burn-down' }).click();
  await page.getByRole('row', { name: /^\d{4}-\d\d-\d\d 2 2 0$/ }).waitFor();
  await page.reload();
  await page.getByRole('table', { name: 'Burn-down' }).waitFor();
  await page.getByRole('button', { name: '800 d' }).click();
  t.equal(new URL(page.url()).searchParams.get('days'), '800');
  await until(
    () => page.getByRole('alert').count(),
    (count) => count === 0,
  );
  await page.getByRole('row', { name: /^\d{4}-\d\d-\d\d 2 2 0$/ }).waitFor();
  await page.goBack();
  await page.goBack();
  await page.getByRole('table', { name: 'Burn-down' }).waitFor({ state: 'detached' });
  t.same(wrong, []);
});
