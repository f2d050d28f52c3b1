/** Who uses the console: what tabs know of it, in a real browser. */

import type { Page } from 'playwright-core';
import t from 'tap';
import { until } from '../app/running.ts';
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

t.test('a log-in at a service ends no session of another one on this host', { skip }, async (t) => {
  const browser = await startBrowser(t);
  const { page: first, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
  const second = await first.context().newPage();
  for (const [tab, name] of [
    [first, 'kim'],
    [second, 'lee'],
  ] as const) {
    const { api } = await failing(t, { readTokens: [`${name}-r`], writeTokens: [`${name}-w`] });
    await tab.goto(`${api}/incidents/qv-sw-a-1`);
    await tab.getByLabel('Token').fill(`${name}-w`);
    await tab.getByLabel('Your name').fill(name);
    await tab.getByRole('button', { name: 'Log in' }).click();
    await tab.getByText('● live').waitFor();
  }
  for (const [tab, name] of [
    [first, 'kim'],
    [second, 'lee'],
  ] as const) {
    await tab.reload();
    await tab.getByRole('button', { name: 'Acknowledge' }).click();
    await tab.getByText(`Taken by ${name}`).waitFor();
  }
  t.same(wrong, []);
});

t.test(
  'a name of nothing but blanks is asked for again, and blanks around a name are none of it',
  { skip },
  async (t) => {
    const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST') asked++;
    });
    await page.goto(`${api}/incidents/qv-sw-a-1`);
    const name = page.getByLabel('Your name');
    await page.getByLabel('Token').fill('w-token');
    await name.fill('  \u3000');
    await page.getByRole('button', { name: 'Log in' }).click();
    await until(
      () => name.evaluate((field: HTMLInputElement) => field.matches(':focus:invalid')),
      (isSo) => isSo,
    );
    t.equal(asked, 0);
    t.equal(await name.getAttribute('title'), 'Give a name: it stands beside what you write.');
    await name.fill('\u200b');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'a name that can be seen' }).waitFor();
    await name.fill('  kim ');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Taken by kim · ').waitFor();
    t.same(wrong, []);
  },
);

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
