/** The pages that take a text, in a real browser: an inventory, captures. */
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { captureSample, trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { get, until } from '../app/running.ts';
import { book } from '../operate/workbook.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE, list } from './failing.ts';

type Devices = { devices: { key: string; plant: string | null }[] };
const keysOf = async (api: string) => (await get<Devices>(`${api}/api/v1/devices`)).devices.map(({ key }) => key);
const pool = (device: string) => `${trustpoolSample.replace(/^.*(?=#)/, device)}${device}#`;

t.test(
  'an inventory is tried, then imported; what was typed since is tried anew',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/import`);
    const paste = page.getByLabel('or paste');
    await paste.fill(`hostname,plant,licensing,owner\nsw-a,North,SLR,kim\nsw-new,"${HOSTILE}",,\n,lost,,\n`);
    await page.getByRole('button', { name: 'What would change?' }).click();
    await page.getByText('1 new · 1 changed · 0 unchanged · 1 rejected').waitFor();
    await page.getByText('line 4: no hostname, address or serial').waitFor();
    await page.getByText('1 column ignored: owner').waitFor();
    await page.getByText('1 change: suspected → suppressed 1').waitFor();
    t.same(await axeFindings(page), [], 'with a result');
    t.same(await keysOf(api), ['sw-a'], 'nothing was imported yet');
    await page.reload();
    t.match(await paste.inputValue(), 'sw-new', 'what was typed outlives a reload');
    await paste.fill(`hostname,plant\nsw-a,North\nsw-b,"${HOSTILE}"\n`);
    await page.getByRole('button', { name: 'Import 2' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'What would change?' }).click();
    await page.getByRole('button', { name: 'Import 2' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    t.same(await keysOf(api), ['sw-a', 'sw-b']);
    await page.getByRole('link', { name: 'Devices of the inventory' }).click();
    await page.getByRole('link', { name: 'sw-b' }).waitFor();
    t.same(wrong, []);
  },
);

t.test('an inventory is taken from files as spreadsheets save them', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  const { page } = await openPage(await startBrowser(t), { width: 360, theme: 'dark' });
  await page.goto(`${api}/import`);
  const text = 'hostname;plant\nsw-k;Köln\n';
  const cells = (...values: string[]) =>
    values.map((value) => `<c t="inlineStr"><is><t>${value}</t></is></c>`).join('');
  const workbook = book(`<row>${cells('hostname', 'plant')}</row><row>${cells('sw-k', 'Köln')}</row>`);
  const files = [
    ['utf-8', Buffer.from(`\ufeff${text}`), false],
    ['utf-16', Buffer.from(`\ufeff${text}`, 'utf16le'), false],
    ['windows-1252', Buffer.from(text, 'latin1'), true],
    ['json', Buffer.from('[{"hostname":"sw-k","plant":"Köln"}]'), false],
    ['workbook', workbook, false],
  ] as const;
  t.match(await page.getByLabel('Choose a file').getAttribute('accept'), /\.xlsx/);
  for (const [name, buffer, isGuess] of files) {
    await page.getByLabel('Choose a file').setInputFiles({ name: `${name}.csv`, mimeType: 'text/csv', buffer });
    await page.getByText(`${name}.csv`).waitFor();
    t.equal(await page.getByText('a workbook of Excel').count(), name === 'workbook' ? 1 : 0, name);
    t.equal(await page.getByText('It is not UTF-8').count(), isGuess ? 1 : 0, name);
    await page.getByRole('button', { name: 'What would change?' }).click();
    await page.getByText('1 new · 0 changed').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'What would change?' }).click();
  await page.getByRole('button', { name: 'Import 1' }).click();
  await page.getByRole('heading', { name: 'Imported' }).waitFor();
  const { devices } = await get<Devices>(`${api}/api/v1/devices`);
  t.ok(devices.some(({ key, plant }) => key === 'sw-k' && plant === 'Köln'));
  const packed = { name: 'devices.csv.gz', mimeType: 'application/gzip', buffer: gzipSync(text) };
  await page.getByLabel('Choose a file').setInputFiles(packed);
  await page.getByText(packed.name).waitFor();
  await page.getByRole('button', { name: 'What would change?' }).click();
  await page.getByText('it is packed (gzip): unpack it first').waitFor();
});

t.test(
  'a file that cannot be read, or is too long, is told, and is not the former one',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const choose = (name: string, buffer: Buffer) =>
      page.getByLabel('Choose a file').setInputFiles({ name, mimeType: 'text/csv', buffer });
    const good = Buffer.from('hostname\nsw-k\n');
    const says = (text: string) => page.getByRole('alert').filter({ hasText: text });
    for (const [path, tooLong, bytes] of [
      ['import', 'Give the file to quovadis-watch inventory', limits.inventoryBytes],
      ['trustpool', 'Give the file to quovadis-watch capture', limits.captureBodyBytes],
    ] as const) {
      await page.goto(`${api}/${path}`);
      const former = page.getByText('good.csv');
      await choose('good.csv', good);
      await former.waitFor();
      await choose('long.csv', Buffer.alloc(bytes + 1, 'x'));
      await says(tooLong).waitFor();
      t.equal(await former.count(), 0, path);
      await choose('good.csv', good);
      await former.waitFor();
      t.equal(await page.getByRole('alert').count(), 0);
      // As where it was moved since it was chosen, or is a folder.
      await page.evaluate(
        `File.prototype.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'))`,
      );
      await choose('gone.csv', good);
      await says('The browser cannot read this file').waitFor();
      t.equal(await former.count(), 0, path);
    }
    t.same(wrong, []);
  },
);

t.test('a text that is no inventory is refused in the words of the service', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/import`);
  for (const [text, says] of [
    ['a,b\n1,2\n', /no heading hostname, address or serial/],
    ['[{"hostname":', /JSON/i],
  ] as const) {
    await page.getByLabel('or paste').fill(text);
    await page.getByRole('button', { name: 'What would change?' }).click();
    await page.getByRole('alert').filter({ hasText: says }).waitFor();
  }
});

/** What `web/ui/kept-text.ts` keeps over a reload. */
const MOST_KEPT = 500_000;
const paste = (page: Page) => page.getByLabel('or paste the output');
const read = (page: Page) => page.getByRole('button', { name: 'What is in it?' }).click();
type Stored = { trustpool: { newRoot: string } | null; explanation: { captured: { what: string }[] } };

t.test('a trustpool is read, tried and kept with its device', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  await list(api, 'hostname\nsw-b\n');
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/devices/sw-a`);
  await page.getByRole('link', { name: 'show it' }).click();
  await paste(page).fill('no pool at all');
  await read(page);
  await page.getByRole('alert').filter({ hasText: 'no output that is read' }).waitFor();
  await paste(page).fill(pool('sw-b'));
  await read(page);
  await page.getByRole('alert').filter({ hasText: 'The capture is of sw-b, and not of sw-a' }).waitFor();
  await paste(page).fill(pool('sw-a'));
  await read(page);
  await page.getByText('✕ absent').waitFor();
  await page.getByText('Nothing says when it was taken').waitFor();
  await page.getByRole('button', { name: 'It was taken just now' }).click();
  await page.getByText('as you say').waitFor();
  t.same(await axeFindings(page), [], 'with a result');
  const stored = () => get<Stored>(`${api}/api/v1/devices/sw-a`);
  t.equal((await stored()).trustpool, null, 'nothing is kept yet');
  await page.getByRole('button', { name: 'Keep it with sw-a' }).click();
  await page.getByRole('heading', { name: 'Kept' }).waitFor();
  t.equal((await stored()).trustpool?.newRoot, 'absent');
  await page.getByLabel('Device (empty').fill('nobody');
  await read(page);
  await page.getByRole('alert').filter({ hasText: 'nobody' }).waitFor();
  t.same(wrong, []);
});

t.test(
  'captures of several devices: what is new, what is refused, what is not understood',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    await list(api, 'hostname\nsw-b\n');
    const { page, wrong } = await openPage(await startBrowser(t), { width: 360, theme: 'dark' });
    const shows = (device: string, more = '') =>
      captureSample.replaceAll('sw-press-01', device).replace('Transport:', `${more}Transport:`);
    const text = [shows('sw-a'), shows('sw-b', `${HOSTILE}\n`), shows('sw-none')].join('');
    await page.goto(`${api}/trustpool`);
    await paste(page).fill(text);
    await page.reload();
    t.equal(await paste(page).inputValue(), text, 'what was pasted outlives a reload');
    await read(page);
    await page.getByText(/2 devices · \d+ new facts/).waitFor();
    await page.getByText('There is no device sw-none: import it').waitFor();
    await page.getByText('1 line not understood').click();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    t.same(await axeFindings(page), [], 'with two devices');
    const facts = async (device: string) => (await get<Stored>(`${api}/api/v1/devices/${device}`)).explanation.captured;
    t.same(await facts('sw-a'), [], 'nothing is kept yet');
    await page.getByRole('button', { name: 'Keep 2 captures' }).click();
    await page.getByRole('heading', { name: 'Kept' }).waitFor();
    for (const device of ['sw-a', 'sw-b'])
      t.ok(
        (await facts(device)).some(({ what }) => what === 'transport'),
        device,
      );
    await page.reload();
    t.equal(await paste(page).inputValue(), '', 'what was kept is not asked for again');
    await page.goto(`${api}/devices/sw-a`);
    await page.getByText(/^What captures show \(\d+\)$/).click();
    await page.getByText('callhome', { exact: true }).waitFor();
    t.same(wrong, []);
  },
);

t.test(
  'times without a zone are used in the zone that is said, and not before',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/trustpool`);
    await paste(page).fill(captureSample.replaceAll('sw-press-01', 'sw-a').replaceAll(' UTC', ''));
    await read(page);
    await page.getByText('Nothing says when it was taken').waitFor();
    await page.getByText('say the time zone, or when it was taken: ').waitFor();
    const zone = page.getByLabel('Time zone of times that name none');
    await zone.fill('CST');
    await read(page);
    await page
      .getByRole('alert')
      .filter({ hasText: 'zone: "CST" is not a time zone: use UTC, +01:00 or a name' })
      .waitFor();
    await zone.fill('+02:00');
    await read(page);
    await page.locator('time[datetime="2022-02-07T04:00:00.000Z"]').first().waitFor();
    t.equal(await page.getByText('Nothing says when it was taken').count(), 0);
    t.same(wrong, []);
  },
);

t.test(
  'a capture is taken from a file that is chosen or dropped; one that is too long is not read',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/trustpool`);
    const choose = (buffer: Buffer) =>
      page.getByLabel('Choose a file').setInputFiles({ name: 'sw-a.txt', mimeType: 'text/plain', buffer });
    const text = captureSample.replaceAll('sw-press-01', 'sw-a');
    await choose(Buffer.alloc(limits.captureBodyBytes + 1, 'x'));
    await page.getByRole('alert').filter({ hasText: 'more than 4 MiB' }).waitFor();
    await choose(Buffer.from(`\ufeff${text}`, 'utf16le'));
    await page.getByText('sw-a.txt').waitFor();
    await read(page);
    await page.getByRole('button', { name: 'Keep it with sw-a' }).waitFor();
    await page.getByRole('button', { name: 'Without this file' }).click();
    await page.evaluate(`{
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([${JSON.stringify(text)}], 'dropped.txt'));
    document.querySelector('textarea').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }`);
    await page.getByText('dropped.txt').waitFor();
    await read(page);
    await page.getByRole('button', { name: 'Keep it with sw-a' }).waitFor();
    await page.getByRole('button', { name: 'Without this file' }).click();
    await paste(page).fill('x'.repeat(MOST_KEPT + 1));
    await page.getByText('a reload of the page loses it').waitFor();
    await page.reload();
    t.equal(await paste(page).inputValue(), '', 'what is too long to be kept says so before');
    t.same(wrong, []);
  },
);

t.test(
  'who may only read sees why nothing can be sent, and what was typed stays over a log-in',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
    const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const logIn = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.getByLabel('Your name').fill('kim');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { name: 'Import' }).waitFor();
    };
    await page.goto(`${api}/import`);
    await logIn('r-token');
    await page.getByText('This session may only read.').waitFor();
    await page.getByLabel('or paste').fill('hostname\nsw-z\n');
    t.ok(await page.getByRole('button', { name: 'What would change?' }).isDisabled());
    await page.context().clearCookies();
    // The page may have asked by itself, and then leads to the log-in before the click does.
    await page.getByRole('link', { name: 'Devices' }).or(page.getByLabel('Token')).click();
    await page.getByLabel('Token').fill('w-token');
    await page.getByLabel('Your name').fill('kim');
    await page.getByRole('button', { name: 'Log in' }).click();
    // A list says in its heading how many there are.
    await page.getByRole('heading', { name: /^(Devices|Import)\b/ }).waitFor();
    if (page.url().endsWith('/devices')) await page.goBack();
    await page.getByRole('button', { name: 'What would change?' }).click();
    await page.getByRole('button', { name: 'Import 1' }).waitFor();
    t.equal(await page.getByLabel('or paste').inputValue(), 'hostname\nsw-z\n');
    const bearer = { headers: { authorization: 'Bearer r-token' } };
    await page.getByRole('button', { name: 'Import 1' }).click();
    await until(
      () => fetch(`${api}/api/v1/devices/sw-z`, bearer),
      ({ status }) => status === 200,
    );
  },
);
