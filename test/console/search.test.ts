/** The search over everything, in a real browser. */
import t, { type Test } from 'tap';
import { get, until } from '../app/running.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE, list } from './failing.ts';

type Answer = { incidents: object[]; devices: object[]; plants: object[] };

/** The hostile plant of sw-a, and sw-b, sw-c of North, of which sw-b fails. */
async function known(t: Test) {
  const service = await failing(t);
  await list(service.api, 'hostname,plant,serial,address\nsw-b,North,FOC0000A1B2,192.0.2.17\nsw-c,North,,\n');
  await service.fail('sw-b');
  await until(
    () => get<Answer>(`${service.api}/api/v1/search?q=sw-b`),
    ({ incidents }) => incidents.length === 1,
  );
  return service;
}

t.test('from every page, by keys alone, / leads to what is typed', { skip: withoutChromium }, async (t) => {
  const { api } = await known(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const dialog = page.getByRole('dialog');
  for (const [from, text, keys, to] of [
    ['/', 'qv-sw-b', ['Enter'], '/incidents/qv-sw-b-1'],
    ['/incidents', 'foc0000a1b2', ['ArrowDown', 'ArrowDown', 'Enter'], '/devices/sw-b'],
    ['/incidents/qv-sw-a-1', '192.0.2.17', ['ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter'], '/incidents/qv-sw-b-1'],
    ['/devices', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/devices/sw-b', 'nor', ['Enter'], '/plants/North'],
    ['/plants', 'onerror', ['Enter'], `/plants/${encodeURIComponent(HOSTILE)}`],
    ['/plants/North', 'sw-c', ['Tab', 'Tab', 'Enter'], '/devices/sw-c'],
    ['/messages', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/messages/unparsed', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/notices', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/health', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/advisory', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/import', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/trustpool', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/why', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/accuracy', 'sw-c', ['Enter'], '/devices/sw-c'],
    ['/about', 'sw-c', ['Enter'], '/devices/sw-c'],
  ] as const) {
    await page.goto(`${api}${from}`);
    await page.getByRole('button', { name: 'Search', exact: true }).waitFor();
    await page.locator('h1').waitFor({ state: 'attached' });
    await page.keyboard.press('/');
    await dialog.getByLabel('Search incidents').waitFor();
    await page.keyboard.type(text);
    // What a former text has found may still be there.
    const like = dialog.locator(`a[href$="/devices?${new URLSearchParams({ q: text })}"]`);
    if (keys[0] !== 'Enter') await like.waitFor();
    for (const key of keys) await page.keyboard.press(key);
    await page.waitForURL(`${api}${to}`);
    await dialog.waitFor({ state: 'detached' });
  }
  t.same(wrong, []);
});

t.test(
  'what is found is text, whatever it says; Esc closes, and gives the focus back',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await known(t);
    const browser = await startBrowser(t);
    for (const look of [
      { width: 360, theme: 'dark' },
      { width: 1440, theme: 'light' },
    ] as const) {
      const { page, wrong } = await openPage(browser, look);
      const dialog = page.getByRole('dialog');
      await page.goto(`${api}/devices`);
      const button = page.getByRole('button', { name: 'Search', exact: true });
      await button.click();
      await dialog.getByLabel('Search incidents').fill('<img');
      await dialog.getByRole('link', { name: HOSTILE }).waitFor();
      t.equal(await page.locator('img').count(), 0);
      t.same(await axeFindings(page), [], `${look.theme} ${look.width}`);
      await dialog.getByLabel('Search incidents').fill('sw-');
      await dialog.getByText('2 incidents, 3 devices, 0 plants').waitFor();
      t.same(await axeFindings(page), [], `${look.theme} ${look.width}`);
      t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'no sideways scroll');
      await dialog.getByLabel('Search incidents').fill('%_*\\');
      await dialog.getByText('Nothing is found.').waitFor();
      await page.keyboard.press('Enter');
      t.equal(new URL(page.url()).pathname, '/devices', 'nothing to open');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      t.equal(await page.evaluate('document.activeElement.dataset.key'), '/');
      t.same(wrong, []);
    }
  },
);

t.test('an answer to a former text is never shown, and a failure is', { skip: withoutChromium }, async (t) => {
  const { api } = await known(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
  const dialog = page.getByRole('dialog');
  let release = () => {};
  await page.route('**/api/v1/search?q=sw-b', async (route) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    await route.continue();
  });
  await page.goto(`${api}/`);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const slow = page.waitForRequest('**/api/v1/search?q=sw-b');
  await dialog.getByLabel('Search incidents').fill('sw-b');
  await slow;
  await dialog.getByLabel('Search incidents').fill('sw-c');
  await dialog.getByRole('link', { name: 'sw-c' }).waitFor();
  const answered = page.waitForResponse('**/api/v1/search?q=sw-b');
  release();
  await (await answered).finished();
  t.equal(await dialog.getByRole('link', { name: 'sw-b' }).count(), 0);
  await dialog.getByRole('link', { name: 'sw-c' }).waitFor();
  await page.route('**/api/v1/search?q=gone', (route) => route.abort());
  await dialog.getByLabel('Search incidents').fill('gone');
  await dialog.getByRole('alert').filter({ hasText: 'the service does not answer' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await dialog.getByLabel('Search incidents').fill('sw-');
  await dialog.getByRole('link', { name: 'All devices like this' }).click();
  await page.waitForURL(`${api}/devices?q=sw-`);
  await page.getByRole('row').getByRole('link', { name: 'sw-c' }).waitFor();
});
