/** What one person does is seen by all others at once, in a real browser. */
import type { BrowserContext } from 'playwright-core';
import t, { type Test } from 'tap';
import { get, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const skip = withoutChromium;

/** No page asks by the clock: what it shows anew, the stream has told it. */
const withoutTimers = (context: BrowserContext) => context.addInitScript('globalThis.setInterval = () => 0');

const post = async (t: Test, api: string, path: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${api}/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  t.equal(answer.status, 200, path);
};

t.test('each act is seen in the list, and in the incident, of another person', { skip }, async (t) => {
  const { api } = await failing(t);
  const { page: rows, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await withoutTimers(rows.context());
  const incident = await rows.context().newPage();
  await rows.goto(`${api}/incidents?state=any`);
  await incident.goto(`${api}/incidents/qv-sw-a-1`);
  const device = await rows.context().newPage();
  await device.goto(`${api}/devices/sw-a`);
  for (const tab of [rows, incident, device]) await tab.getByText('● live').waitFor();
  const cell = (name: string, text: string) =>
    rows.locator(`tr[data-row="qv-sw-a-1"] [data-name="${name}"]`).getByText(text, { exact: true }).waitFor();
  const act = (action: string, text = '') => post(t, api, `incidents/qv-sw-a-1/${action}`, { by: 'lee', text });
  await act('acknowledge');
  await incident.getByText('Taken by lee').waitFor();
  await cell('By', 'lee');
  await act('unacknowledge');
  await incident.getByText('Taken by lee').waitFor({ state: 'detached' });
  await cell('By', '–');
  await act('notes', 'the lift is broken');
  await incident.locator('.notes').getByText('the lift is broken').waitFor();
  await device.locator('.timeline').getByText('the lift is broken').waitFor();
  await act('close', 'scrapped');
  await incident.getByRole('heading', { level: 1, name: 'closed' }).waitFor();
  await incident.locator('.notes').getByText('scrapped').waitFor();
  await cell('State', 'closed');
  await act('reopen', 'it is back');
  await incident.getByRole('heading', { level: 1, name: 'suspected' }).waitFor();
  await incident.locator('.notes').getByText('it is back').waitFor();
  await cell('State', 'suspected');
  await list(api, 'hostname,plant\nsw-a,West\n');
  await cell('Plant', 'West');
  await incident.locator('.verdict').getByText('West').waitFor();
  await device.getByText('West').first().waitFor();
  t.same(wrong, []);
});

t.test('many incidents at once are seen by few questions', { skip }, async (t) => {
  const { api, fail } = await failing(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await withoutTimers(page.context());
  const devices = Array.from({ length: 59 }, (_, index) => `sw-${index + 100}`);
  for (const device of devices) await fail(device);
  await until(
    () => get<{ total: number }>(`${api}/api/v1/incidents/facets?state=open`),
    ({ total }) => total === 60,
  );
  await page.goto(`${api}/incidents`);
  await page.getByRole('heading', { name: 'Incidents 60' }).waitFor();
  await page.getByText('● live').waitFor();
  let asked = 0;
  page.on('request', (request) => {
    if (/\/incidents\?/.test(request.url())) asked++;
  });
  const body = { action: 'acknowledge', filter: { state: ['open'] }, expected: 60, by: 'lee', text: '' };
  await post(t, api, 'incidents/bulk', body);
  const taken = page.locator('[data-name="By"]').getByText('lee', { exact: true });
  await taken.nth(59).waitFor();
  // One of the time before, one for each commit of 50, and one of another count.
  t.ok(asked <= 4, `${asked} questions for 60 acts`);
});
