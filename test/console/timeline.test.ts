/** The timelines of an incident and of a device, in a real browser. */
import type { Page } from 'playwright-core';
import t from 'tap';
import { BODIES } from '../given.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE } from './failing.ts';

const skip = withoutChromium;
const KINDS = ['messages', 'changes', 'notices', 'notes', 'loss', 'repairs', 'inventory'];

const rows = (page: Page) => page.locator('.timeline > li');
const rowOf = (page: Page, text: string) => rows(page).filter({ hasText: text });
const box = (page: Page, kind: string) =>
  page.getByRole('group', { name: 'Kinds that are shown' }).getByRole('checkbox', { name: kind, exact: true });
const kindsIn = (page: Page) => new URL(page.url()).searchParams.get('kinds');

for (const path of ['/incidents/qv-sw-a-1', '/devices/sw-a'])
  t.test(`${path} shows what happened, by the kinds that stand in the URL`, { skip }, async (t) => {
    const { api, say } = await failing(t);
    const note = JSON.stringify({ by: 'kim', text: HOSTILE });
    const headers = { 'content-type': 'application/json' };
    const noted = await fetch(`${api}/api/v1/incidents/qv-sw-a-1/notes`, { method: 'POST', headers, body: note });
    t.equal(noted.status, 200);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(api + path);
    await rowOf(page, 'SL_MESSAGE_FAILED').waitFor();
    await rowOf(page, 'suspected').waitFor();
    await rowOf(page, `kim, note: ${HOSTILE}`).waitFor();
    for (const kind of KINDS) t.ok(await box(page, kind).isChecked(), kind);
    t.equal(kindsIn(page), null);
    t.equal((await rows(page).getByRole('link', { name: 'qv-sw-a-1' }).count()) > 0, path.startsWith('/devices'));
    await box(page, 'messages').uncheck();
    await rowOf(page, 'SL_MESSAGE_FAILED').waitFor({ state: 'detached' });
    await rowOf(page, 'suspected').waitFor();
    t.equal(kindsIn(page), 'change,notice,note,gap,repair,inventory');
    const csv = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
    t.notMatch(await (await fetch(new URL(csv ?? '', api))).text(), 'SL_MESSAGE_FAILED', 'the CSV has the same kinds');
    const copied = await page.context().newPage();
    await copied.goto(page.url());
    await rowOf(copied, 'suspected').waitFor();
    t.equal(await rowOf(copied, 'SL_MESSAGE_FAILED').count(), 0, 'a copied link shows the same');
    t.notOk(await box(copied, 'messages').isChecked());
    for (const kind of KINDS.slice(1)) await box(page, kind).uncheck();
    await page.getByText('Nothing of these kinds.').waitFor();
    t.same(await axeFindings(page), [], 'without a kind');
    await box(page, 'notes').check();
    await rowOf(page, HOSTILE).waitFor();
    t.equal(kindsIn(page), 'note');
    t.equal(await rows(page).count(), 1);
    await page.goBack();
    await page.getByText('Nothing of these kinds.').waitFor();
    await box(page, 'messages').check();
    const raw = rowOf(page, 'SL_MESSAGE_FAILED').locator('details');
    await raw.getByText('raw').click();
    await raw.getByText('received').waitFor();
    t.equal(await page.locator('img').count(), 0);
    await page.getByText('● live').waitFor();
    await say('sw-a', BODIES.commRestored);
    await rowOf(page, 'COMM_RESTORED').waitFor();
    t.ok(await raw.getByText('received').isVisible(), 'what is unfolded stays so when a row comes before it');
    t.same(wrong, []);
  });
