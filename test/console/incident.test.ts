/** The page of an incident, for who is called at night. */
import t from 'tap';
import { get, until } from '../app/running.ts';
import { BODIES } from '../given.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE } from './failing.ts';

const skip = withoutChromium;

t.test(
  'on a phone, to take an incident and to write a note stay at the bottom of the screen, and hide nothing',
  { skip },
  async (t) => {
    const { api } = await failing(t);
    const look = { width: 360, height: 700, theme: 'light', hasTouch: true } as const;
    const { page, wrong } = await openPage(await startBrowser(t), look);
    await page.goto(`${api}/incidents/qv-sw-a-1`);
    await page.locator('.timeline > li').first().waitFor();
    const inside = (name: string) =>
      page.getByRole('button', { name, exact: true }).evaluate((button: HTMLElement) => {
        const { top, bottom } = button.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
    for (const y of [0, 700, 100_000]) {
      await page.evaluate(`scrollTo(0, ${y})`);
      for (const name of ['Acknowledge', 'Note']) t.ok(await inside(name), `${name} at ${y}`);
    }
    t.notOk(await inside('Close'), 'all others are in their place');
    const [end, bar] = (await page.evaluate(
      `['.timeline', '.at-hand'].map((part) => document.querySelector(part).getBoundingClientRect())`,
    )) as [DOMRect, DOMRect];
    t.ok(end.bottom <= bar.top, 'the end of the page is above them');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('button', { name: 'Take back' }).waitFor();
    t.ok(await inside('Take back'));
    t.same(wrong, []);
  },
);

t.test(
  'the top of an incident says who has taken it; its causes are ranked beside why it is one',
  { skip },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/incidents/qv-sw-a-1`);
    const verdict = page.locator('.verdict');
    await verdict.getByText('Nobody has taken it.').waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await verdict.getByText(/Taken by operator · (now|\ds ago)$/).waitFor();
    const ranked = page.locator('.panel', { has: page.getByRole('heading', { name: 'Ranked causes' }) });
    t.match(await ranked.locator('.causes > li').first().textContent(), /^trust \d+Speaks for itcall-home failed/);
    t.same(wrong, []);
  },
);

t.test('a device lists its incidents, the latest first', { skip }, async (t) => {
  const { api, say, fail } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const headers = { 'content-type': 'application/json' };
  const closed = await fetch(`${api}/api/v1/incidents/qv-sw-a-1/close`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ by: 'kim', text: 'tried' }) },
  });
  t.equal(closed.status, 200);
  await page.goto(`${api}/devices/sw-a`);
  const incidents = page.locator('.panel', { has: page.getByRole('heading', { name: 'Incidents' }) }).locator('li');
  await incidents.filter({ hasText: 'closed' }).waitFor();
  t.equal(await incidents.count(), 1);
  await page.getByText('● live').waitFor();
  await say('sw-a', BODIES.commRestored);
  await fail('sw-a');
  await incidents.filter({ hasText: 'suspected' }).waitFor();
  t.match(await incidents.allTextContents(), [/^qv-sw-a-2 .*suspected/, /^qv-sw-a-1 .*closed/]);
  t.same(wrong, []);
});

t.test('a list says which of its rows a page has', { skip }, async (t) => {
  const { api, fail } = await failing(t);
  const devices = Array.from({ length: 100 }, (_, index) => `sw-${index + 100}`);
  for (const device of devices) await fail(device);
  await until(
    () => get<{ total: number }>(`${api}/api/v1/incidents/facets`),
    ({ total }) => total === 101,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  for (const list of ['incidents', 'devices']) {
    await page.goto(`${api}/${list}?sort=device`);
    await page.getByText('1–100 of 101').waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('101–101 of 101').waitFor();
    await page.reload();
    await page.getByText('101–101 of 101').waitFor();
    await page.getByRole('button', { name: 'First page' }).click();
    await page.getByText('1–100 of 101').waitFor();
    t.notOk(new URL(page.url()).searchParams.has('row'));
  }
  t.same(wrong, []);
});

t.test(
  'where a log-in would let one act, what cannot be done says so, and leads there and back',
  { skip },
  async (t) => {
    const { api } = await failing(t, { writeTokens: ['w-token'] });
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/incidents/qv-sw-a-1`);
    await page.getByText('This session may only read.').getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Token').fill('w-token');
    await page.getByLabel('Your name').fill('kim');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Taken by kim').waitFor();
    t.equal(new URL(page.url()).pathname, '/incidents/qv-sw-a-1');
    t.same(wrong, []);
  },
);

t.test('each page on which something could be done says why it cannot, and where to log in', { skip }, async (t) => {
  const { api } = await failing(t, { writeTokens: ['w-token'] });
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const plant = `/plants/${encodeURIComponent(HOSTILE)}`;
  for (const path of ['/incidents/qv-sw-a-1', '/devices/sw-a', '/notices', '/import', '/trustpool', plant]) {
    await page.goto(api + path);
    await page.getByText('This session may only read.').getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Token').waitFor();
    t.equal(new URL(page.url()).searchParams.get('then'), path, path);
  }
  t.same(wrong, []);
});

t.test('the name of who wrote a note does not turn the note round', { skip }, async (t) => {
  const { api } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const by = '\u202ekim';
  const noted = await fetch(`${api}/api/v1/incidents/qv-sw-a-1/notes`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ by, text: 'seen' }) },
  });
  t.equal(noted.status, 200);
  await page.goto(`${api}/incidents/qv-sw-a-1`);
  const row = page.locator('.timeline > li', { hasText: 'seen' });
  await row.waitFor();
  t.same(await row.locator('bdi').allTextContents(), [by, 'seen']);
  t.same(wrong, []);
});
