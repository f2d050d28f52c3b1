/** What people do with a device, in a real browser: its inventory row, its senders. */
import { createSocket } from 'node:dgram';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { InventoryRow } from '../../src/core/model/inventory.ts';
import { child, get, incidentsOf, running, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE, list } from './failing.ts';

const ROW = 'hostname,address,serial,pid,release,plant,licensing\n';
type Shown = { readonly key: string; readonly inventory: InventoryRow | null };
const rowOf = async (api: string, device: string) =>
  (await get<Shown>(`${api}/api/v1/devices/${encodeURIComponent(device)}`)).inventory;

const opened = async (page: Page, button = 'Edit inventory row') => {
  await page.getByRole('button', { name: button }).click();
  return page.getByRole('dialog');
};

t.test(
  'the inventory row of a device is changed by what was typed, and by nothing else',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await running(t);
    await list(api, `${ROW}sw-b,192.0.2.17,FOC0000A1B2,IE-3300-8T2S,17.3.3,North,online\n`);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 360, theme: 'light' });
    await page.goto(`${api}/devices/sw-b`);
    const dialog = await opened(page);
    t.same(await axeFindings(page), [], 'with the dialog open');
    t.equal(await dialog.getByLabel('Serial number').inputValue(), 'FOC0000A1B2');
    // Another person changes the row meanwhile: what they wrote stays.
    const answer = await fetch(`${api}/api/v1/devices/sw-b/inventory`, {
      ...{ method: 'PATCH', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ release: '17.3.4' }),
    });
    t.equal(answer.status, 200);
    await dialog.getByText('Release was changed meanwhile: it is 17.3.4 now').waitFor();
    await dialog.getByLabel('Plant').fill(HOSTILE);
    await dialog.getByLabel('Serial number').fill('');
    await dialog.getByLabel('Licensing').selectOption('SLR');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: HOSTILE }).first().waitFor();
    t.strictSame(await rowOf(api, 'sw-b'), {
      ...{ hostname: 'sw-b', address: '192.0.2.17', serial: null, pid: 'IE-3300-8T2S' },
      ...{ release: '17.3.4', plant: HOSTILE, licensing: 'SLR' },
    });
    await opened(page);
    await dialog.getByLabel('Host name').fill('sw-new');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'sw-new' }).waitFor();
    t.equal(new URL(page.url()).pathname, '/devices/sw-new', 'the page goes where the device has gone');
    t.same(wrong, []);
  },
);

t.test(
  'cells that were typed are there again after a log-in and a reload, until they are saved or given up',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const logIn = async () => {
      await page.getByLabel('Token').fill('w-token');
      await page.getByLabel('Your name').fill('kim');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { level: 1, name: 'sw-a' }).waitFor();
    };
    const headers = { authorization: 'Bearer w-token', 'content-type': 'application/json' };
    const stored = async () =>
      ((await (await fetch(`${api}/api/v1/devices/sw-a`, { headers })).json()) as Shown).inventory;
    const again = 'What you typed before is here again, and is not saved.';
    await page.goto(`${api}/devices/sw-a`);
    await logIn();
    const dialog = await opened(page);
    await dialog.getByLabel('Plant').fill('South');
    await dialog.getByLabel('Product').fill('');
    await dialog.getByLabel('Licensing').selectOption('SLR');
    t.equal(await dialog.getByText(again).count(), 0);
    await page.route('**/inventory', async (route) => {
      await page.context().clearCookies();
      await route.continue();
    });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Token').waitFor();
    t.equal(await dialog.count(), 0, 'no dialog is before the log-in');
    await page.unrouteAll();
    // Another person changes the row meanwhile: what they wrote stays.
    const answer = await fetch(`${api}/api/v1/devices/sw-a/inventory`, {
      ...{ method: 'PATCH', headers, body: JSON.stringify({ release: '17.3.4' }) },
    });
    t.equal(answer.status, 200);
    await logIn();
    const isThere = async () => {
      await dialog.getByText(again).waitFor();
      t.equal(await dialog.getByLabel('Plant').inputValue(), 'South');
      t.equal(await dialog.getByLabel('Product').inputValue(), '', 'an empty cell as well');
      t.equal(await dialog.getByLabel('Licensing').inputValue(), 'SLR');
      await dialog.getByText('Release was changed meanwhile: it is 17.3.4 now').waitFor();
    };
    await isThere();
    t.same(await axeFindings(page), [], 'with the dialog open');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.reload();
    await opened(page);
    await isThere();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    t.match(await stored(), { plant: 'South', pid: null, release: '17.3.4', licensing: 'SLR' });
    await opened(page);
    t.equal(await dialog.getByText(again).count(), 0);
    await dialog.getByLabel('Plant').fill('West');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await opened(page);
    await dialog.getByRole('button', { name: 'Begin with the stored row' }).click();
    t.equal(await dialog.getByLabel('Plant').inputValue(), 'South');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await opened(page);
    t.equal(await dialog.getByText(again).count(), 0);
    t.same(wrong, []);
  },
);

t.test('a device that is not listed is put into the inventory by its name', { skip: withoutChromium }, async (t) => {
  const { api, fail } = await failing(t);
  await fail('sw-b');
  await fail('192.0.2.40');
  await until(
    () => incidentsOf(api),
    (incidents) => incidents.length === 3,
  );
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
  for (const [device, label, column] of [
    ['sw-b', 'Host name', 'hostname'],
    ['192.0.2.40', 'Address', 'address'],
  ] as const) {
    await page.goto(`${api}/devices/${device}`);
    const dialog = await opened(page, 'Put into the inventory');
    t.equal(await dialog.getByLabel(label).inputValue(), device);
    await dialog.getByLabel('Plant').fill('North');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Edit inventory row' }).waitFor();
    t.match(await rowOf(api, device), { [column]: device, plant: 'North' });
  }
});

/** Each with what the service says; the dialog stays with what was typed. */
const refusals: readonly (readonly [
  what: string,
  type: (page: Page, api: string) => Promise<unknown>,
  says: RegExp,
])[] = [
  ['a value that cannot be', (page) => page.getByLabel('Address').fill('somewhere'), /is no IP address/],
  ['no name at all', (page) => page.getByLabel('Host name').fill(''), /give one of them/],
  [
    'a device that is gone',
    async (page, api) => {
      await page.getByLabel('Plant').fill('South');
      const url = `${api}/api/v1/devices/sw-b?text=scrapped`;
      if (!(await fetch(url, { method: 'DELETE' })).ok) throw new Error(url);
    },
    /there is no device sw-b/,
  ],
];

t.test(
  'what the service refuses is said in one sentence, and what was typed stays',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await running(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    for (const [what, type, says] of refusals) {
      await list(api, `${ROW}sw-b,,,,,North,\n`);
      await page.goto(`${api}/devices/sw-b`);
      const dialog = await opened(page);
      const drop = dialog.getByRole('button', { name: 'Begin with the stored row' });
      if (what !== refusals[0]?.[0]) await drop.click();
      await type(page, api);
      await dialog.getByRole('button', { name: 'Save' }).click();
      const said = await dialog.getByRole('alert').textContent();
      t.match(said, says, what);
      t.notMatch(said, /\n/, 'one line');
    }
    t.same(wrong, []);
  },
);

t.test('who may only read sees why nothing can be changed', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/devices/sw-a`);
  await page.getByLabel('Token').fill('r-token');
  await page.getByLabel('Your name').fill('kim');
  await page.getByRole('button', { name: 'Log in' }).click();
  for (const name of ['Edit inventory row', 'Forget']) {
    const button = page.getByRole('button', { name });
    await button.waitFor();
    t.ok(await button.isDisabled(), name);
    t.equal(await button.getAttribute('title'), 'This session may only read.');
  }
});

/** Each address of 127.0.0.0/8 is a host of its own. */
async function host(t: Test, address: string, port: number): Promise<(line: string) => void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  t.teardown(() => void socket.close());
  return (line) => socket.send(line, port, '127.0.0.1');
}

t.test('a sender is confirmed, and the recovery that waited counts', { skip: withoutChromium }, async (t) => {
  const { api, ports } = await child(t, temporaryDirectory(t));
  const own = await host(t, '127.0.0.2', ports.udp);
  own(`<187>1: sw-a: ${BODIES.callHome205}`);
  own(`<187>2: sw-a: ${BODIES.commFailed}`);
  await until(
    () => incidentsOf(api),
    (incidents) => incidents.length === 1,
  );
  (await host(t, '127.0.0.66', ports.udp))(`<189>3: sw-a: ${BODIES.commRestored}`);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await until(
    () => get<{ senders: object[] }>(`${api}/api/v1/devices/sw-a`),
    ({ senders }) => senders.length === 2,
  );
  await page.goto(`${api}/devices/sw-a`);
  await page.getByText('A recovery waits:').waitFor();
  await page.getByRole('button', { name: 'Confirm 127.0.0.66' }).click();
  const dialog = page.getByRole('dialog');
  t.same(await axeFindings(page), [], 'with the dialog open');
  await dialog.getByText('sw-a sends its lines from this address').waitFor();
  await dialog.getByLabel('How you know it').fill('new uplink');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('A recovery waits:').waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'recovering' }).waitFor();
  t.equal(await page.getByRole('button', { name: 'Confirm 127.0.0.66' }).count(), 0);
  t.same(wrong, []);
});
