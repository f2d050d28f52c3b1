/** The console in a real browser, of a service that real syslog has reached. */
import t from 'tap';
import { until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const ID = 'qv-sw-a-1';

t.test(
  'a link of a page leads over the log-in to the incident, where it is acknowledged and closed',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const bearer = { headers: { authorization: 'Bearer r-token' } };
    const stored = async () =>
      (await (await fetch(`${api}/api/v1/incidents/${ID}`, bearer)).json()) as {
        state?: string;
        acknowledged?: { by: string } | null;
        disposition?: { hypothesis: string } | null;
      };
    await until(stored, ({ state }) => state !== undefined);
    await page.goto(`${api}/incidents/${ID}`);
    await page.getByLabel('Token').fill('wrong');
    await page.getByLabel('Your name').fill('kim');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'not known' }).waitFor();
    await page.getByLabel('Token').fill('w-token');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'What to type next' }).waitFor();
    t.equal(new URL(page.url()).pathname, `/incidents/${ID}`);
    t.notMatch(
      `${await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')}`,
      'token',
    );
    await page.keyboard.press('a');
    await page.getByText('Taken by kim').waitFor();
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
    t.equal((await stored()).acknowledged, null);
    await page.keyboard.press('a');
    await page.getByText('Taken by kim').waitFor();
    t.equal((await stored()).acknowledged?.by, 'kim');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByLabel('Why it is closed').fill('new root imported');
    await page.getByLabel('What it really was').selectOption('trust');
    await page.locator('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Reopen' }).waitFor();
    t.match(await stored(), { state: 'closed', disposition: { hypothesis: 'trust' } });
    t.same(wrong, []);
  },
);

t.test(
  'an address of the log-in that somebody else has made leads to the first page',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] });
    const browser = await startBrowser(t);
    for (const then of ['/\t/', '/\t/evil.example/x', '//evil.example/x', '/./login?then=/about']) {
      const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
      await page.goto(`${api}/login?${new URLSearchParams({ then })}`);
      await page.getByLabel('Token').fill('w-token');
      await page.getByLabel('Your name').fill('kim');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Campaign' }).waitFor();
      t.equal(page.url(), `${api}/`, JSON.stringify(then));
      t.same(wrong, []);
      await page.context().close();
    }
  },
);

t.test(
  'a list keeps its rows in their places while incidents come, and a filter is in the address',
  { skip: withoutChromium },
  async (t) => {
    const { api, fail } = await failing(t);
    const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.clock.install();
    await page.goto(`${api}/incidents`);
    const rows = () => page.locator('tr[data-row]').count();
    await page.getByRole('link', { name: 'sw-a' }).waitFor();
    await page.getByText('● live').waitFor();
    await fail('sw-b');
    await page.getByRole('button', { name: '1 new or changed: show' }).waitFor();
    t.equal(await rows(), 1, 'the new one waits');
    await page.getByRole('button', { name: 'show' }).click();
    await page.getByRole('link', { name: 'sw-b' }).waitFor();
    t.equal(await rows(), 2);
    const headers = { 'content-type': 'application/json' };
    const acknowledged = await fetch(`${api}/api/v1/incidents/${ID}/acknowledge`, {
      ...{ method: 'POST', headers, body: '{"by":"kim"}' },
    });
    t.equal(acknowledged.status, 200);
    await page.locator('tr.changed').getByText('kim').waitFor();
    await page.clock.fastForward('00:04');
    await page.locator('tr.changed').waitFor({ state: 'detached' });
    const facet = page.getByRole('group', { name: 'Plant' });
    await facet.getByRole('checkbox').first().check();
    await until(rows, (count) => count === 1);
    t.ok(new URL(page.url()).searchParams.has('plant'));
    await page.goBack();
    await until(rows, (count) => count === 2);
    t.notOk(new URL(page.url()).searchParams.has('plant'));
  },
);

t.test('g and a letter go to a page, and the help tells of each', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/about`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  const paths = { i: '/incidents', d: '/devices', p: '/plants', m: '/messages', n: '/notices', h: '/health', c: '/' };
  for (const [letter, path] of Object.entries(paths)) {
    await Promise.all([page.keyboard.press('g'), page.keyboard.press(letter)]);
    await page.waitForURL(`${api}${path}`);
    t.equal(new URL(page.url()).pathname, path);
  }
  await page.keyboard.press('?');
  const shown = (await page.getByRole('dialog').textContent()) ?? '';
  for (const letter of Object.keys(paths)) t.match(shown, `g ${letter}`);
});
