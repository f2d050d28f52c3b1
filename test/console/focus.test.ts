/** Where the focus is, for those who use a keyboard or a screen reader, in a real browser. */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { incidentsOf, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const skip = withoutChromium;

async function opened(t: Test, path: string, width = 1440) {
  const service = await failing(t);
  await service.fail('sw-b');
  // A row that comes later would wait until it is asked for.
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length === 2,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { width, theme: 'light' });
  await page.goto(service.api + path);
  await page.getByText('● live').waitFor();
  return { ...service, page, wrong };
}

/** Resolves when an expression is true in the page, whose policy allows no `waitForFunction`. */
const isSo = (page: Page, expression: string) => until(() => page.evaluate<boolean>(expression), Boolean);

/** The heading with this text has the focus, and keeps it when the page has got its answers. */
async function headingHasIt(page: Page, text: string): Promise<void> {
  const isOn = `document.activeElement.matches('h1') && document.activeElement.textContent.includes(${JSON.stringify(text)})`;
  await isSo(page, isOn);
  await page.locator('.ghost, [aria-busy=true]').first().waitFor({ state: 'detached' });
  await isSo(page, isOn);
}
const has = (page: Page, selector: string) => isSo(page, `document.activeElement.matches(${JSON.stringify(selector)})`);

t.test(
  'the heading of a page that is opened has the focus, also after its answer and by search',
  { skip },
  async (t) => {
    const { page, wrong } = await opened(t, '/incidents');
    await page.getByRole('link', { name: 'Devices' }).click();
    await headingHasIt(page, 'Devices');
    await page.getByRole('link', { name: 'sw-b', exact: true }).click();
    await headingHasIt(page, 'sw-b');
    await page.getByRole('link', { name: 'qv-sw-b-1' }).first().press('Enter');
    await headingHasIt(page, 'suspected');
    await page.goBack();
    await headingHasIt(page, 'sw-b');
    for (const [typed, text] of [
      ['qv-sw-a-1', 'sw-a'],
      ['qv-sw-b-1', 'sw-b'],
    ] as const) {
      await page.keyboard.press('/');
      await page.getByRole('dialog').getByRole('textbox').fill(typed);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await headingHasIt(page, text);
    }
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('sw-a');
    await page.getByRole('dialog').getByRole('link', { name: 'sw-a', exact: true }).click();
    await headingHasIt(page, 'sw-a');
    for (const name of ['Messages', 'Notices', 'Health', 'Plants']) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await headingHasIt(page, name);
    }
    t.same(wrong, []);
  },
);

t.test('who types into a search, or chooses a filter, keeps the focus there', { skip }, async (t) => {
  const { api, page, wrong } = await opened(t, '/incidents');
  const search = page.getByRole('searchbox');
  await search.fill('sw-a');
  await search.press('Enter');
  await page.waitForURL(/q=sw-a/);
  await page.getByRole('link', { name: 'sw-b', exact: true }).waitFor({ state: 'detached' });
  await has(page, 'input[name=q]');
  t.equal(await search.inputValue(), 'sw-a');
  await page.goBack();
  await page.getByRole('link', { name: 'sw-b', exact: true }).waitFor();
  t.equal(await search.inputValue(), '', 'the field follows the address');
  const box = page.getByRole('group', { name: 'Severity' }).getByRole('checkbox').first();
  await box.focus();
  await box.press('Space');
  await page.waitForURL(/severity=/);
  await has(page, '.facets input');
  for (const [path, label, name] of [
    ['/messages', 'Device', 'device'],
    ['/why?device=sw-a', 'Device, serial number or address', 'device'],
  ] as const) {
    await page.goto(api + path);
    const field = page.getByLabel(label, { exact: true });
    await field.fill('nobody');
    await field.press('Enter');
    await page.waitForURL(/device=nobody/);
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    await has(page, `input[name=${name}]`);
    t.equal(await field.inputValue(), 'nobody');
    await page.goBack();
    await isSo(page, `document.querySelector('[name=${name}]')?.value !== 'nobody'`);
  }
  t.same(wrong, []);
});

t.test(
  'a button that is gone after its work leaves the focus to the heading, a dialog to its button',
  { skip },
  async (t) => {
    const { page, wrong } = await opened(t, '/incidents/qv-sw-a-1');
    const note = page.getByRole('button', { name: 'Note', exact: true });
    await note.focus();
    await note.press('Enter');
    await has(page, 'textarea');
    await page.keyboard.press('Escape');
    await isSo(page, `document.activeElement.textContent === 'Note'`);
    const acknowledge = page.getByRole('button', { name: 'Acknowledge' });
    await acknowledge.focus();
    await acknowledge.press('Enter');
    await page.getByRole('button', { name: 'Take back' }).waitFor();
    await headingHasIt(page, 'sw-a');
    // Who clicks beside everything has taken the focus away, and nothing gives it back.
    await page.locator('main').click({ position: { x: 2, y: 2 } });
    await page.getByRole('button', { name: 'Take back' }).click();
    await acknowledge.waitFor();
    t.same(wrong, []);
  },
);

/** What Tab reaches, one after the other, until it leaves the page. */
async function tabStops(page: Page): Promise<string[]> {
  const stops: string[] = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<{ name: string; at: number; isSeen: boolean } | null>(`(() => {
      const active = document.activeElement;
      if (active === document.body) return null;
      const { width, height } = active.getBoundingClientRect();
      return {
        name: (active.tagName + ' ' + active.textContent).slice(0, 60),
        at: [...document.querySelectorAll('*')].indexOf(active),
        isSeen: width * height > 0,
      };
    })()`);
    if (stop === null || stops.length > 200) return stops;
    if (!stop.isSeen) throw new Error(`${stop.name} has the focus and cannot be seen`);
    const text = `${`${stop.at}`.padStart(6, '0')} ${stop.name}`;
    // A browser without a frame of its own begins anew.
    if (text === stops[0]) return stops;
    stops.push(text);
  }
}

const CONTROLS = `[...document.querySelectorAll(
  'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary',
)].filter((each) => each.checkVisibility({ visibilityProperty: true }))`;

t.test(
  'Tab goes through a page in its order, from the link to its content on, and misses nothing',
  { skip },
  async (t) => {
    const { api, page, wrong } = await opened(t, '/incidents');
    for (const path of ['/incidents', '/incidents/qv-sw-a-1', '/devices/sw-a', '/', '/notices', '/import', '/about']) {
      await page.goto(api + path);
      await page.getByText('● live').waitFor();
      await page.locator('.ghost, [aria-busy=true]').first().waitFor({ state: 'detached' });
      const stops = await tabStops(page);
      t.match(stops[0], 'Skip to the content', path);
      t.strictSame(stops, [...stops].sort(), `${path}: as it is read`);
      const missed = `${CONTROLS}.filter(({ tabIndex }) => tabIndex !== 0).map(({ outerHTML }) => outerHTML.slice(0, 80))`;
      t.strictSame(await page.evaluate(missed), [], `${path}: each control is a stop`);
      const controls = await page.evaluate<number>(`${CONTROLS}.length`);
      t.ok(stops.length >= controls, `${path}: ${stops.length} stops for ${controls} controls`);
    }
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    t.ok(await page.evaluate(`document.activeElement.closest('main') !== null`), 'the link skips the navigation');
    t.same(wrong, []);
  },
);
