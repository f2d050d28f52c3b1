/** Devices, one device, and why one has no incident, in a real browser. */
import t from 'tap';
import { get, until } from '../app/running.ts';
import { BODIES } from '../given.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const INVENTORY = 'hostname,plant,serial\nsw-b,North,FOC0000A1B2\nsw-c,"South, Hall 2",\nsw-d,North,\n';
type Devices = { devices: { key: string; condition: string }[] };
const conditionIs = (api: string, device: string, wanted: string) =>
  until(
    () => get<Devices>(`${api}/api/v1/devices`),
    ({ devices }) => devices.some(({ key, condition }) => key === device && condition === wanted),
  );

t.test(
  'the list of devices is narrowed by facets, search and silence, all in the address',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    await list(api, INVENTORY);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/devices`);
    const names = () => page.locator('tr[data-row] th').allInnerTexts();
    const shows = async (...wanted: string[]) =>
      t.same(await until(names, (found) => `${found}` === `${wanted}`), wanted);
    await shows('sw-a', 'sw-b', 'sw-c', 'sw-d');
    await page.getByRole('group', { name: 'Plant' }).getByRole('checkbox', { name: 'South, Hall 2' }).check();
    await shows('sw-c');
    t.equal(new URL(page.url()).searchParams.get('plant'), 'South\\, Hall 2');
    await page.getByRole('group', { name: 'Plant' }).getByRole('checkbox', { name: 'North' }).check();
    await shows('sw-b', 'sw-c', 'sw-d');
    const csv = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
    const rows = (await (await fetch(new URL(csv ?? '', api))).text()).trim().split('\r\n');
    t.equal(rows.length, 4, 'the CSV has the filters of the page');
    await page.getByLabel('Search device').fill('foc0000a1b2');
    await page.getByRole('button', { name: 'Show' }).click();
    await shows('sw-b');
    const copied = page.url();
    await page.goBack();
    await shows('sw-b', 'sw-c', 'sw-d');
    await page.goto(copied);
    await shows('sw-b');
    await page.goto(`${api}/devices?heardBefore=2001-01-01T00:00:00Z`);
    await shows('sw-b', 'sw-c', 'sw-d');
    await page.goto(`${api}/devices?plant=nowhere`);
    await page.getByText('Nothing matches the filters.').waitFor();
    t.same(wrong, []);
  },
);

t.test(
  'Why says why a device has no incident, and what a silent one may be missing',
  { skip: withoutChromium },
  async (t) => {
    const { api, say, addresses } = await failing(t);
    await list(api, INVENTORY);
    await say('sw-b', BODIES.commFailed);
    await conditionIs(api, 'sw-b', 'watching');
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/devices/sw-b`);
    await page.getByRole('listitem').filter({ hasText: 'Fail to send out Call Home HTTP message' }).waitFor();
    await page.getByRole('checkbox', { name: 'messages', exact: true }).uncheck();
    await page.getByRole('listitem').filter({ hasText: 'Fail to send out' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Why no incident?' }).click();
    await page.getByText('too little for an incident').waitFor();
    await page.getByRole('heading', { name: 'Why: 1 point, 5 confirm' }).waitFor();
    await page.getByLabel('Device, serial number or address').fill('sw-c');
    await page.getByRole('button', { name: 'Show why' }).click();
    await page.getByText('The inventory lists it. Without lines nothing can be said of it').waitFor();
    t.equal(new URL(page.url()).search, '?device=sw-c');
    await page.getByText(`logging host 127.0.0.1 transport udp port ${addresses.udp?.port}`).waitFor();
    await page.getByLabel('Device, serial number or address').fill('sw');
    await page.keyboard.press('Enter');
    await page.getByText('No device is known by this name').waitFor();
    await page.getByRole('link', { name: 'sw-a' }).click();
    await page.getByRole('heading', { name: 'What to type next' }).waitFor();
    t.equal(new URL(page.url()).pathname, '/devices/sw-a');
    t.same(wrong, []);
  },
);

t.test('a device is forgotten only with a reason, and by who may write', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  await list(api, INVENTORY);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
  await page.goto(`${api}/devices/sw-c`);
  await page.getByRole('button', { name: 'Forget' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Forget' }).click();
  t.ok(await dialog.isVisible(), 'without a reason it stays');
  // As long as it may be: in a URL it would be 18,000 bytes.
  await dialog.getByLabel('Why it is forgotten').fill('報'.repeat(2000));
  await dialog.getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
  t.equal((await fetch(`${api}/api/v1/devices/sw-c`)).status, 404);
});
