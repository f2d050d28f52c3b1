/** Who uses the console: what tabs know of it, in a real browser. */

import type { Page } from 'playwright-core';
import t from 'tap';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const skip = withoutChromium;

t.test('a first question about the session that fails is asked again until it is answered', { skip }, async (t) => {
  const { api } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  let [asked, refused] = [0, true];
  await page.context().route('**/api/v1/session', (route) => {
    asked++;
    return refused ? route.fulfill({ status: 503, body: 'starting' }) : route.continue();
  });
  await page.goto(`${api}/incidents/qv-sw-a-1`);
  await page.getByText('The service has not said yet what you may do here.').first().waitFor();
  t.ok(await page.getByRole('button', { name: 'Acknowledge' }).isDisabled());
  await page.getByText(/connecting/i).waitFor();
  t.equal(await page.getByText('may only read').count(), 0, 'it is not said what is not known');
  refused = false;
  await page.getByText('● live').waitFor();
  await page.getByRole('link', { name: 'Incidents', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('Taken by operator').waitFor();
  t.ok(asked >= 2);
  t.same(wrong, []);
});

t.test('one log-in is for all tabs: each knows at once who it is and what may be done', { skip }, async (t) => {
  const [read, write] = ['r', 'w'].map((letter) => letter.repeat(32)) as [string, string];
  const { api } = await failing(t, { readTokens: [read], writeTokens: [write] });
  const { page: first, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const logIn = async (tab: Page, token: string, name: string) => {
    await tab.getByLabel('Token').fill(token);
    await tab.getByLabel('Your name').fill(name);
    await tab.getByRole('button', { name: 'Log in' }).click();
    await tab.waitForURL(`${api}/incidents/qv-sw-a-1`);
  };
  const one = '/incidents/qv-sw-a-1';
  const then = `/login?then=${encodeURIComponent(one)}`;
  await first.goto(`${api}${one}`);
  await logIn(first, read, 'kim');
  await first.getByText('This session may only read.').waitFor();
  const second = await first.context().newPage();
  await second.goto(`${api}${then}`);
  await logIn(second, write, 'kim');
  await first.getByText('This session may only read.').waitFor({ state: 'detached' });
  await first.getByRole('button', { name: 'Note', exact: true }).click();
  await first.getByRole('textbox', { name: 'Note' }).fill('by kim');
  await second.goto(`${api}${then}`);
  await logIn(second, write, 'lee');
  await first.locator('dialog').waitFor({ state: 'detached' });
  await first.getByRole('button', { name: 'Acknowledge' }).click();
  await first.getByText('Taken by lee').waitFor();
  t.equal(await first.evaluate("sessionStorage.getItem('kept-for')"), 'lee');
  t.same(wrong, []);
});
