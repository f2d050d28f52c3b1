/** Filters of a list, and what is shown while its question changes, in a real browser. */
import t from 'tap';
import { get, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const skip = withoutChromium;

t.test('a state narrows each list to it, whatever the address says of states', { skip }, async (t) => {
  const { api, fail } = await failing(t);
  await fail('sw-b');
  await until(
    () => get<{ total: number }>(`${api}/api/v1/incidents/facets`),
    ({ total }) => total === 2,
  );
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ by: 'kim', text: 'scrapped' });
  await fetch(`${api}/api/v1/incidents/qv-sw-b-1/close`, { method: 'POST', headers, body });
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  for (const state of ['any', 'open', 'any,closed', 'closed,any']) {
    await page.goto(`${api}/incidents?state=${state}`);
    await page.getByRole('heading', { name: state === 'open' ? 'Incidents 1' : 'Incidents 2' }).waitFor();
    const box = page.getByRole('checkbox', { name: /^closed/ });
    if (await box.isChecked()) continue;
    await box.click();
    await page.waitForURL('**/incidents?state=closed');
    await page.getByRole('heading', { name: 'Incidents 1' }).waitFor();
    await page.locator('tr[data-row="qv-sw-b-1"]').waitFor();
    t.equal(await page.locator('tr[data-row]').count(), 1, state);
  }
  t.equal(await page.locator('.failure').count(), 0);
  t.same(wrong, []);
});

t.test('rows and number of another question are not shown beside a failure', { skip }, async (t) => {
  const { api } = await failing(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  for (const [list, box] of [
    ['incidents', 'trust'],
    ['devices', 'Suspected'],
  ] as const) {
    await page.goto(`${api}/${list}`);
    await page.getByRole('heading', { level: 1, name: / 1$/ }).waitFor();
    await page.locator('tr[data-row]').waitFor();
    await page.context().route(`**/api/v1/${list}?**`, (route) => route.fulfill({ status: 500, body: 'full' }));
    await page.getByRole('checkbox', { name: new RegExp(`^${box}`, 'i') }).click();
    await page.getByText('This could not be read: full').first().waitFor();
    t.equal(await page.locator('tr[data-row]').count(), 0, `${list}: no row`);
    t.equal(await page.getByRole('heading', { level: 1, name: /\d/ }).count(), 0, 'no number');
    t.equal(await page.getByRole('button', { name: /All .* that match/ }).count(), 0, 'nothing to choose');
    await page.context().unroute(`**/api/v1/${list}?**`);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.locator('tr[data-row]').waitFor();
  }
});

t.test('new rows push none of a page out: it can be chosen, and is not told as gone', { skip }, async (t) => {
  const { api, fail } = await failing(t);
  const countIs = (count: number) =>
    until(
      () => get<{ total: number }>(`${api}/api/v1/incidents/facets`),
      ({ total }) => total === count,
    );
  const failAll = async (from: number, to: number) => {
    for (let device = from; device < to; device++) await fail(`sw-${device}`);
  };
  await failAll(100, 219);
  await countIs(120);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/incidents?sort=-openedAt`);
  await page.getByRole('heading', { name: 'Incidents 120' }).waitFor();
  await page.getByText('● live').waitFor();
  await failAll(300, 340);
  await countIs(160);
  await page.getByRole('button', { name: '40 new or changed: show' }).waitFor();
  t.equal(await page.getByText('left the filter').count(), 0);
  await page.getByRole('checkbox', { name: 'All of this page' }).check();
  await page.getByText('100 chosen').waitFor();
  t.same(wrong, []);
});
