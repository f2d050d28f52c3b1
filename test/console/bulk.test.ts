/** Acting on many incidents at once, in a real browser. */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { get, until } from '../app/running.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE, list } from './failing.ts';

type Listed = { id: string; state: string; acknowledged: { by: string } | null };
type Stored = { state: string; notes: { text: string }[]; disposition: { hypothesis: string } | null };

const acknowledgedIn = async (api: string, query = '') =>
  (await get<{ incidents: Listed[] }>(`${api}/api/v1/incidents?acknowledged=true&${query}`)).incidents.map(
    ({ id }) => id,
  );

/** Six incidents: sw-a in a plant with a hostile name, the others in North. */
async function six(t: Test) {
  const service = await failing(t);
  const devices = ['sw-b', 'sw-c', 'sw-d', 'sw-e', 'sw-f'];
  await list(service.api, `hostname,plant\n${devices.map((device) => `${device},North\n`).join('')}`);
  for (const device of devices) await service.fail(device);
  await countIs(service.api, 6);
  return service;
}

const countIs = (api: string, count: number) =>
  until(
    () => get<{ total: number }>(`${api}/api/v1/incidents/facets?state=open`),
    ({ total }) => total === count,
  );

const box = (page: Page, device: string) => page.getByRole('checkbox', { name: `Choose ${device}`, exact: true });
/** The page knows that this person may write, and has what acts on rows: keys act from then on. */
const mayWrite = async (page: Page) => {
  await page.locator('[data-choose]:enabled').first().waitFor();
  await page.getByLabel('All of this page').waitFor();
};
const dialogButton = (page: Page, name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });

t.test(
  'rows are chosen by mouse and keys, and acknowledged, annotated and closed',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await six(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/incidents?sort=device`);
    await box(page, 'sw-b').check();
    await page.getByText('1 chosen').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Shift+X');
    await page.getByText('3 chosen').waitFor();
    await page.keyboard.press('k');
    await page.keyboard.press('x');
    await page.getByText('2 chosen').waitFor();
    t.notOk(await box(page, 'sw-c').isChecked());
    await box(page, 'sw-f').click({ modifiers: ['Shift'] });
    await page.getByText('5 chosen').waitFor();
    await page.getByRole('button', { name: 'Choose none' }).click();
    await box(page, 'sw-b').check();
    await box(page, 'sw-d').check();
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Acknowledge: 2 incidents' }).waitFor();
    await dialogButton(page, 'Acknowledge 2').click();
    await page.getByText('2 done · 0 unchanged · 0 refused').waitFor();
    t.same((await acknowledgedIn(api)).sort(), ['qv-sw-b-1', 'qv-sw-d-1']);
    t.equal(await page.getByText('2 chosen').count(), 0, 'what is done is not chosen any more');
    await page.getByRole('checkbox', { name: 'All of this page' }).check();
    await page.getByText('6 chosen').waitFor();
    await page.keyboard.press('n');
    await page.getByRole('dialog').getByLabel('Note').fill('on the list for Friday');
    await dialogButton(page, 'Note 6').click();
    await page.getByText('6 done').waitFor();
    t.match(await get<Stored>(`${api}/api/v1/incidents/qv-sw-f-1`), { notes: [{ text: 'on the list for Friday' }] });
    await box(page, 'sw-e').check();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('heading', { name: 'Close: sw-e' }).waitFor();
    await page.getByLabel('What it really was').selectOption('network');
    await dialogButton(page, 'Close').click();
    await page.getByText('1 done').waitFor();
    t.match(await get<Stored>(`${api}/api/v1/incidents/qv-sw-e-1`), {
      state: 'closed',
      disposition: { hypothesis: 'network' },
    });
    await page.getByText('left the filter').waitFor();
    t.same(wrong, []);
  },
);

t.test('a key acts on the row with the focus while none is chosen', { skip: withoutChromium }, async (t) => {
  const { api } = await six(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
  await page.goto(`${api}/incidents?sort=device`);
  await mayWrite(page);
  for (const key of ['j', 'j', 'j', 'a']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'Acknowledge: sw-c' }).waitFor();
  await dialogButton(page, 'Acknowledge').click();
  await page.getByText('1 done').waitFor();
  t.same(await acknowledgedIn(api), ['qv-sw-c-1']);
});

t.test(
  'all that match are acknowledged as the filter and the number that was shown; with another number it is asked again',
  { skip: withoutChromium },
  async (t) => {
    const { api, fail } = await six(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/incidents`);
    await page.getByRole('group', { name: 'Plant' }).getByRole('checkbox', { name: 'North' }).check();
    await page.getByRole('button', { name: 'All 5 that match' }).click();
    await page.getByText('all 5 that match are chosen').waitFor();
    t.ok(await box(page, 'sw-b').isChecked());
    t.notOk(await box(page, 'sw-b').isEnabled(), 'none of them can be left out');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('dialog').getByLabel('Note, if you want').fill('mine');
    await list(api, 'hostname,plant\nsw-g,North\n');
    await fail('sw-g');
    await countIs(api, 7);
    await dialogButton(page, 'Acknowledge 5').click();
    await page.getByRole('alert').filter({ hasText: '6 incidents meet the filter now, not 5' }).waitFor();
    t.same(await acknowledgedIn(api), [], 'nothing was done');
    await page.getByRole('heading', { name: 'Acknowledge: 6 incidents' }).waitFor();
    t.equal(await page.getByRole('dialog').getByLabel('Note, if you want').inputValue(), 'mine', 'the text is kept');
    await dialogButton(page, 'Acknowledge 6').click();
    await page.getByText('6 done · 0 unchanged · 0 refused').waitFor();
    t.equal((await acknowledgedIn(api, 'plant=North')).length, 6);
    t.notOk((await acknowledgedIn(api)).includes('qv-sw-a-1'));
    await page.getByRole('button', { name: 'All 6 that match' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await dialogButton(page, 'Acknowledge 6').click();
    await page.getByText('0 done · 6 unchanged').waitFor();
    t.same(wrong, []);
  },
);

t.test('a plant with a name that no address likes is chosen as a whole', { skip: withoutChromium }, async (t) => {
  const { api } = await six(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 360, theme: 'dark' });
  const filter = new URLSearchParams({ plant: HOSTILE.replaceAll(/[\\,]/g, '\\$&'), acknowledged: 'false' });
  await page.goto(`${api}/incidents?${filter}`);
  await page.getByRole('button', { name: 'All 1 that match' }).click();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await dialogButton(page, 'Acknowledge').click();
  await page.getByText('1 done').waitFor();
  t.same(await acknowledgedIn(api), ['qv-sw-a-1']);
  t.same(wrong, []);
});

t.test(
  'what is refused is named with its reason; a choice survives changes, pages and filters',
  { skip: withoutChromium },
  async (t) => {
    const { api, fail } = await six(t);
    const post = (id: string, action: string) =>
      fetch(`${api}/api/v1/incidents/${id}/${action}`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ by: 'lee', text: 'scrapped' }),
      });
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
    const chosen = (text: string) => page.locator('.chosen').filter({ hasText: text });
    await page.goto(`${api}/incidents?sort=device`);
    await page.getByText('● live').waitFor();
    for (const device of ['sw-b', 'sw-c', 'sw-d']) await box(page, device).check();
    await post('qv-sw-c-1', 'close');
    await fail('sw-h');
    await page.getByText('left the filter').waitFor();
    await page.getByRole('button', { name: '2 new or changed: show' }).waitFor();
    t.ok(await box(page, 'sw-c').isChecked(), 'a row that left the filter is still chosen');
    await chosen('3 chosen, 1 not on this page').waitFor();
    await page.getByRole('button', { name: '2 new or changed: show' }).click();
    await page.getByRole('link', { name: 'sw-h' }).waitFor();
    await chosen('3 chosen, 1 not on this page').waitFor();
    await page.getByRole('group', { name: 'Plant' }).getByRole('checkbox').first().check();
    await page.getByText(/^3 chosen/).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'sw-b' }).click();
    await page.getByRole('heading', { name: 'What to type next' }).waitFor();
    await page.goBack();
    await chosen('3 chosen, 1 not on this page').waitFor();
    t.ok(await box(page, 'sw-d').isChecked(), 'also after a look into an incident');
    await post('qv-sw-d-1', 'acknowledge');
    await page.getByRole('row').filter({ hasText: 'sw-d' }).filter({ hasText: 'lee' }).waitFor();
    t.ok(await box(page, 'sw-d').isChecked(), 'a row that changed is still chosen');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Why they are closed').fill('scrapped');
    await fetch(`${api}/api/v1/devices/sw-b?by=lee&text=scrapped`, { method: 'DELETE' });
    await dialogButton(page, 'Close 3').click();
    await page.getByText('1 done · 1 unchanged · 1 refused').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'qv-sw-b-1: there is no incident qv-sw-b-1' }).waitFor();
    t.same(await axeFindings(page), [], 'with the answer');
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByText('1 refused').waitFor({ state: 'detached' });
    t.same(wrong, []);
  },
);

t.test(
  'a note that was not sent waits for the incidents that it is about, and for no others',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await six(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/incidents?sort=device`);
    const note = page.getByRole('dialog').getByLabel('Note');
    /** What the dialog of a note begins with; then types `text`, and leaves. */
    const begun = async (heading: string, text: string) => {
      await page.keyboard.press('n');
      await page.getByRole('heading', { name: heading }).waitFor();
      const before = await note.inputValue();
      await note.fill(text);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      return before;
    };
    await mayWrite(page);
    await page.keyboard.press('j');
    t.equal(await begun('Note on: sw-a', 'of sw-a'), '');
    await page.keyboard.press('j');
    t.equal(await begun('Note on: sw-b', 'of sw-b'), '');
    await page.keyboard.press('k');
    t.equal(await begun('Note on: sw-a', 'of sw-a'), 'of sw-a');
    await box(page, 'sw-b').check();
    t.equal(await begun('Note on: sw-b', 'of sw-b'), 'of sw-b', 'chosen, it is the same one');
    await box(page, 'sw-c').check();
    t.equal(await begun('Note: 2 incidents', 'of two'), '');
    await box(page, 'sw-d').check();
    t.equal(await begun('Note: 3 incidents', ''), '');
    await box(page, 'sw-d').uncheck();
    t.equal(await begun('Note: 2 incidents', 'of two'), 'of two');
    await page.getByRole('button', { name: 'All 6 that match' }).click();
    t.equal(await begun('Note: 6 incidents', ''), '');
    t.same(wrong, []);
  },
);

t.test('more than the service takes at once is said before it is sent', { skip: withoutChromium }, async (t) => {
  const { api } = await six(t);
  const { page } = await openPage(await startBrowser(t), { width: 360, theme: 'light' });
  let total = 1001;
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await page.route('**/api/v1/incidents/facets?**', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), total } });
  });
  await page.goto(`${api}/incidents`);
  await page.getByText('1,001 incidents: at most 1,000 at once. Use more filters.').waitFor();
  t.notOk(await page.getByRole('button', { name: 'All 1,001 that match' }).isEnabled());
  total = 1000;
  await page.reload();
  await page.getByRole('button', { name: 'All 1,000 that match' }).click();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  total = 1001;
  await dialogButton(page, 'Acknowledge 1,000').click();
  await page.getByRole('dialog').getByText('at most 1,000 at once').waitFor();
  t.notOk(await dialogButton(page, 'Acknowledge 1,001').isEnabled());
  t.equal(sent.length, 1);
  t.same(await acknowledgedIn(api), []);
});

t.test('CSV and the copied link have what the list shows', { skip: withoutChromium }, async (t) => {
  const { api } = await six(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/incidents?plant=North&sort=device`);
  const names = async () => (await page.locator('tr[data-row] th').allInnerTexts()).join();
  await until(names, (shown) => shown === 'sw-b,sw-c,sw-d,sw-e,sw-f');
  const waits = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const csv = await (await fetch((await waits).url())).text();
  t.same(
    csv.match(/^qv-sw-\w-1/gm),
    ['b', 'c', 'd', 'e', 'f'].map((letter) => `qv-sw-${letter}-1`),
  );
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('copied').waitFor();
  const copied = `${await page.evaluate('navigator.clipboard.readText()')}`;
  const other = await page.context().newPage();
  await other.goto(copied);
  await other.getByRole('link', { name: 'sw-f' }).waitFor();
  t.same(await other.locator('tr[data-row] th').allInnerTexts(), ['sw-b', 'sw-c', 'sw-d', 'sw-e', 'sw-f']);
});
