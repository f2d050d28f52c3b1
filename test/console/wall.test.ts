/** The page on a wall: nobody touches it, and it is read from 4 m. */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { placeAt } from '../../web/ui/wall-place.ts';
import { get, until } from '../app/running.ts';
import { DAY, HOUR } from '../given.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const skip = withoutChromium;
const MINUTE = 60_000;
/** A minute begins. */
const START = Date.parse('2026-11-28T03:12:00Z');
/** A page whose clock stands makes no frame: it is let go by one and a little. */
const FRAME = 20;

t.test('placeAt() moves by 2 px each hour, stays within 16 px, and goes round', async (t) => {
  for (let hour = 0; hour < 100; hour++) {
    const [[x, y], [nextX, nextY]] = [placeAt(hour * HOUR), placeAt((hour + 1) * HOUR)];
    t.equal(Math.abs(nextX - x) + Math.abs(nextY - y), 2, `${hour}`);
    t.ok(Math.min(x, y) >= 0 && Math.max(x, y) <= 16, `${hour}`);
    t.same(placeAt((hour + 1) * HOUR - 1), [x, y]);
    t.same(placeAt((hour + 32) * HOUR), [x, y]);
  }
});

/** North has one open incident, South two; both clocks stand still until the test moves them. */
async function onWall(t: Test, query: string, look: { width: number; height: number }) {
  const by = { ms: 0 };
  const clock = { wall: () => START + by.ms, monotonic: () => by.ms };
  const service = await failing(t, {}, {}, clock);
  const rows = ['n1,North', 'n2,North', 'n3,North', 's1,South', 's2,South'];
  await list(service.api, `hostname,plant\nsw-a,\n${rows.map((row) => `sw-${row}\n`).join('')}`);
  for (const name of ['sw-n1', 'sw-s1', 'sw-s2']) await service.fail(name);
  await until(
    () => get<{ incidents: object[] }>(`${service.api}/api/v1/incidents`),
    ({ incidents }) => incidents.length === 4,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { ...look, theme: 'dark' });
  await page.clock.install({ time: START - HOUR });
  await page.clock.pauseAt(START);
  /** Asks, and lets the page go on, until it is so. */
  const shows = <T>(ask: () => Promise<T>, isSo: (answer: T) => boolean) =>
    until(async () => {
      await page.clock.runFor(FRAME);
      return ask();
    }, isSo);
  const open = async (query: string) => {
    await page.goto(`${service.api}/${query}`);
    await shows(
      async () =>
        (await page.getByText('● live').count()) === 1 &&
        (await page.locator('.ghost, [aria-busy=true]').count()) === 0 &&
        (await page.locator('.figure-value').filter({ hasText: /\d/ }).count()) === 5 &&
        (await page.locator('.chart').count()) === 2,
      (isThere) => isThere,
    );
  };
  await open(query);
  /** Time passes for the service and for the page. */
  const pass = async (ms: number) => {
    by.ms += ms;
    await page.clock.fastForward(ms);
  };
  return { ...service, page, wrong, pass, shows, open };
}

const plantsOf = (page: Page) => page.getByRole('table', { name: 'Plants' }).locator('tbody tr').allInnerTexts();
const firstCells = async (page: Page) => (await plantsOf(page)).map((row) => row.split('\t').slice(0, 2).join(' '));
const figureOf = async (page: Page, name: string) =>
  page.locator('.figure').filter({ hasText: name }).locator('.figure-value').textContent();

t.test('figures change in their places; the order of plants once a minute, and nothing waits', { skip }, async (t) => {
  const { page, fail, pass, shows, wrong } = await onWall(t, '?wall=1', { width: 1920, height: 1080 });
  t.same(await firstCells(page), ['South 2', 'North 1', '(none) 1']);
  for (const name of ['sw-n2', 'sw-n3']) await fail(name);
  await shows(
    () => figureOf(page, 'Open'),
    (open) => open === '6',
  );
  await shows(
    () => firstCells(page),
    (cells) => cells.includes('North 3'),
  );
  t.same(await firstCells(page), ['South 2', 'North 3', '(none) 1'], 'no row has moved');
  t.equal(await page.getByRole('button').filter({ visible: true }).count(), 0, 'there is nothing to press');
  await pass(MINUTE);
  await shows(
    () => firstCells(page),
    ([first]) => first === 'North 3',
  );
  t.same(await firstCells(page), ['North 3', 'South 2', '(none) 1']);
  t.same(wrong, []);
});

t.test('a wall of one plant has only what is of it', { skip }, async (t) => {
  const { page, wrong, open } = await onWall(t, '?wall=1&plant=South', { width: 1920, height: 1080 });
  await page.getByRole('heading', { level: 1, name: 'Plant South' }).waitFor();
  t.equal(await figureOf(page, 'Open'), '2');
  t.same(await firstCells(page), ['South 2']);
  t.same((await page.locator('.plain a').allInnerTexts()).sort(), ['sw-s1', 'sw-s2']);
  t.match(await page.locator('#burn-down').textContent(), / 2 on/);
  await open('?wall=1&plant=');
  t.equal(await figureOf(page, 'Open'), '1', 'devices without a plant');
  t.same(await firstCells(page), ['(none) 1']);
  t.same(wrong, []);
});

t.test('a plant that no device is in is not shown as if all were well', { skip }, async (t) => {
  const { api } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1920, theme: 'dark' });
  await page.goto(`${api}/?wall=1&plant=Nowhere`);
  await page.getByText('No device is in a plant of this name.').waitFor();
  t.same(wrong, []);
});

const sizes = (page: Page) =>
  page.evaluate<Record<string, number>>(`{
    const size = (selector) => Number.parseFloat(getComputedStyle(document.querySelector(selector)).fontSize);
    ({ root: size(':root'), h1: size('h1'), h2: size('h2'), cell: size('td'), figure: size('.figure-value'),
      axis: size('.chart text'), live: size('.live') })
  }`);

for (const { width, height, root } of [
  { width: 1920, height: 1080, root: 21.12 },
  { width: 3840, height: 2160, root: 40 },
])
  t.test(`a wall of ${width} px is large, fits, and has no pointer`, { skip }, async (t) => {
    const { page, wrong } = await onWall(t, '?wall=1&plant=South', { width, height });
    const { h1 = 0, h2 = 0, cell, figure = 0, axis = 0, live = 0, ...rest } = await sizes(page);
    t.match(rest, { root });
    t.equal(Math.round(figure), Math.round(4 * root), 'figures are four times as large');
    t.equal(cell, root);
    t.ok(h1 > h2 && h2 > root && live >= root, `headings of ${h1} and ${h2} px`);
    t.ok(axis >= 0.75 * root, `${axis} px at the axes`);
    const small = await page.evaluate(`[...document.querySelectorAll('body *')]
      .filter((element) => element.checkVisibility() && Number.parseFloat(getComputedStyle(element).fontSize) < ${0.75 * root})
      .map((element) => element.outerHTML.slice(0, 100))`);
    t.same(small, [], 'nothing is small');
    t.ok(await page.evaluate(`document.documentElement.scrollWidth <= ${width}`), 'no sideways scroll');
    t.ok(await page.evaluate(`document.documentElement.scrollHeight <= ${height}`), 'nobody has to scroll');
    const pointers = await page.evaluate(
      "[...new Set([...document.querySelectorAll('*')].map((each) => getComputedStyle(each).cursor))]",
    );
    t.same(pointers, ['none']);
    t.same(await page.locator('nav, .settings').count(), 0, 'and no navigation');
    t.same(wrong, []);
  });

t.test('all of a wall moves by 2 px an hour, and is never wider than the screen', { skip }, async (t) => {
  const { page, pass, shows } = await onWall(t, '?wall=1', { width: 1920, height: 1080 });
  const place = async () => {
    const boxes = await Promise.all(
      ['.brand', 'h2', '.figure', 'table'].map((selector) => page.locator(selector).first().boundingBox()),
    );
    return boxes.map((box) => ({ x: box?.x ?? 0, y: box?.y ?? 0 }));
  };
  let before = await place();
  for (let hour = 1; hour <= 33; hour++) {
    await pass(HOUR);
    const [from] = before;
    const after = await shows(place, ([now]) => now?.x !== from?.x || now?.y !== from?.y);
    const moves = after.map(
      ({ x, y }, index) => Math.abs(x - (before[index]?.x ?? 0)) + Math.abs(y - (before[index]?.y ?? 0)),
    );
    t.ok(
      moves.every((move) => Math.abs(move - 2) < 0.01),
      `hour ${hour}: ${moves}`,
    );
    t.ok(await page.evaluate('document.documentElement.scrollWidth <= 1920'), `hour ${hour}`);
    before = after;
  }
});

t.test('the log-in of a wall is for looking only, and lasts 30 days', { skip }, async (t) => {
  const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1920, theme: 'dark' });
  await page.goto(`${api}/incidents`);
  t.notOk(await page.getByLabel('Read only').isChecked(), 'another page is for acting as well');
  await page.goto(`${api}/?wall=1&plant=South`);
  t.ok(await page.getByLabel('Read only').isChecked());
  await page.getByLabel('Token').fill('w-token');
  await page.getByLabel('Your name').fill('wall');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Plant South' }).waitFor();
  t.equal(new URL(page.url()).search, '?wall=1&plant=South');
  const session = await page.evaluate("fetch('/api/v1/session').then((answer) => answer.json())");
  t.match(session, { role: 'read', name: 'wall' });
  const [cookie] = await page.context().cookies();
  const lasts = (cookie?.expires ?? 0) * 1000 - Date.now();
  t.ok(lasts > 29.9 * DAY && lasts < 30.1 * DAY, `${lasts / DAY} days`);
  t.same(wrong, []);
});
