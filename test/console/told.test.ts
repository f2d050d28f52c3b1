/** Notices, messages, health and the advisory in a real browser. */
import t, { type Test } from 'tap';
import { get, until } from '../app/running.ts';
import { axeFindings, openPage, startBrowser, withoutChromium, withoutWorkers } from './browser.ts';
import { failing } from './failing.ts';
import { webhooks } from './sinks.ts';

async function withSinks(t: Test) {
  const { sinks, accept } = await webhooks(t);
  return { ...(await failing(t, {}, { sinks })), accept };
}

t.test('what becomes of a notice is seen while Notices is open', { skip: withoutChromium }, async (t) => {
  const { api, fail } = await withSinks(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.clock.install();
  await page.goto(`${api}/notices?state=delivered`);
  await page.getByText('● live').waitFor();
  await page.getByRole('row', { name: /sw-a.*taking/ }).waitFor();
  await fail('sw-b');
  await page.getByRole('row', { name: /sw-b.*taking/ }).waitFor();
  t.same(wrong, []);
});

/** A page whose stream says what the test says. `asked`: what the page has asked for since the last question. */
async function withStream(t: Test, path: string) {
  const { api } = await withSinks(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await withoutWorkers(page.context());
  const asked: string[] = [];
  page.on('request', (request) => {
    const [, name] = /\/api\/v1\/([^?]+)/.exec(request.url()) ?? [];
    if (name !== undefined && !/^(stream|session)$/.test(name)) asked.push(name);
  });
  const health = { ready: true, detail: null as string | null, noticesWaitSince: null };
  const position = (await fetch(`${api}/api/v1/sinks`)).headers.get('feed-position');
  const said: Record<string, object> = { hello: { version: '1', console: '', position }, health };
  const told = { count: 0 };
  await page.route('**/api/v1/stream', (route) => {
    told.count++;
    const hello = { ...said['hello'], time: new Date().toISOString() };
    const events = Object.entries({ ...said, hello }).map(
      ([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
    );
    return route.fulfill({ contentType: 'text/event-stream', body: `retry: 50\n${events.join('')}` });
  });
  /** The stream has said all of it twice. */
  const tell = async (more: Record<string, object>) => {
    Object.assign(said, more);
    const before = told.count;
    await until(
      async () => told.count,
      (count) => count > before + 2,
    );
  };
  await page.clock.install();
  await page.goto(`${api}${path}`);
  await page.locator('h1').waitFor();
  await page.locator('.ghost, [aria-busy=true]').first().waitFor({ state: 'detached' });
  await tell({});
  return { page, wrong, health, tell, asked: () => [...new Set(asked.splice(0))].sort() };
}

t.test(
  'Notices asks again when the stream tells of notices, and not of other news',
  { skip: withoutChromium },
  async (t) => {
    const { page, wrong, tell, asked } = await withStream(t, '/notices');
    asked();
    const news = { devices: ['sw-a'], senders: [], all: true, notices: false };
    await tell({ news });
    await page.clock.fastForward('00:30');
    await tell({ news });
    t.same(asked(), []);
    const answered = page.waitForResponse('**/api/v1/sinks');
    await tell({ news: { ...news, notices: true } });
    await answered;
    t.same(asked(), ['notices', 'sinks']);
    t.same(wrong, []);
  },
);

t.test('Health asks again when the stream says that the service is not well', { skip: withoutChromium }, async (t) => {
  const { page, wrong, health, tell, asked } = await withStream(t, '/health');
  asked();
  await tell({});
  t.same(asked(), [], 'it is as well as before');
  const answered = page.waitForResponse('**/api/v1/health/pipeline');
  await tell({ health: { ...health, ready: false, detail: 'the disk is full' } });
  await answered;
  t.ok(asked().includes('health/pipeline'));
  t.same(wrong, []);
});

t.test('Health lists the instances on one PostgreSQL with their clocks', { skip: withoutChromium }, async (t) => {
  const { api } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const heardAt = new Date().toISOString();
  const said = { judgedBy: 'quovadis-root-ca-2 version 2, rules 2', startedAt: heardAt, heardAt };
  const instances = [
    { ...said, name: 'plant-a', version: '0.2.0', there: true, clockOffsetSeconds: 0.0123 },
    { ...said, name: 'plant-b', version: null, there: false, clockOffsetSeconds: null },
  ];
  await page.route('**/api/v1/health/pipeline', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as object), instances } });
  });
  await page.goto(`${api}/health`);
  await page.getByRole('row', { name: /^plant-a 0\.2\.0 .* 0\.012 s$/ }).waitFor();
  await page.getByRole('row', { name: /^plant-b – .* –$/ }).waitFor();
  t.same(await axeFindings(page), []);
  t.same(wrong, []);
});

t.test(
  'every page says at its top why what it shows may not be the whole truth',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/incidents`);
    await page.getByText('● live').waitFor();
    /** As the event `health` of the stream has it. */
    const hear = (said: object) =>
      page.evaluate(`(async () => {
      const main = document.querySelector('script[src]').src;
      const { health } = await import(new URL('live/connection.js', main).href);
      while (health.value === null) await new Promise(requestAnimationFrame);
      health.value = ${JSON.stringify(said)};
    })()`);
    const banner = page.locator('.banner');
    t.equal(await banner.count(), 0);
    const well = { ready: true, detail: null, noticesWaitSince: null };
    for (const [health, text] of [
      [{ ...well, ready: false, detail: 'the disk is full' }, 'the disk is full'],
      [{ ...well, detail: '12 lines were dropped' }, '12 lines were dropped'],
      [{ ...well, noticesWaitSince: '2026-11-29T03:00:00.000Z' }, 'Notices are stuck since 2026-11-29'],
    ] as const) {
      await hear(health);
      await banner.filter({ hasText: text }).waitFor();
    }
    await hear(well);
    await banner.waitFor({ state: 'detached' });
    t.same(wrong, []);
  },
);

type Unparsed = { total: number };
const UNKNOWN = '%SMART_LIC-3-NOT_KNOWN_YET: <img src=x onerror=alert(1)> \u202ewas said';

t.test('a sink is tested, and its dead letters are sent again', { skip: withoutChromium }, async (t) => {
  const { api, accept } = await withSinks(t);
  const ofState = async (state: string) =>
    (await get<{ notices: object[] }>(`${api}/api/v1/notices?state=${state}`)).notices.length;
  await until(
    () => ofState('dead'),
    (count) => count > 0,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/notices`);
  await page.getByRole('button', { name: 'Send a test: refusing' }).click();
  await page.getByText('refusing has not taken the test notice').waitFor();
  await page.getByRole('button', { name: 'Send a test: taking' }).click();
  await page.getByText('taking has taken the test notice').waitFor();
  t.same(await axeFindings(page), [], 'with a result');
  await page.getByRole('button', { name: 'dead', exact: true }).click();
  t.equal(new URL(page.url()).search, '?state=dead');
  await page.getByRole('row', { name: /sw-a.*HTTP 410/ }).waitFor();
  accept();
  await page.getByRole('button', { name: 'Try dead letters again: refusing' }).click();
  await page.getByText('1 dead letter is sent again.').waitFor();
  await page.getByText('No notice is like this.').waitFor();
  await until(
    () => ofState('delivered'),
    (count) => count === 2,
  );
  await page.getByRole('button', { name: 'delivered', exact: true }).click();
  await page
    .getByRole('row', { name: /sw-a.*refusing/ })
    .getByRole('button', { name: 'refusing' })
    .click();
  await until(
    () => page.locator('table').last().locator('tr[data-row]').count(),
    (count) => count === 1,
  );
  t.equal(new URL(page.url()).searchParams.get('sink'), 'refusing');
  t.same(wrong, []);
});

t.test(
  'messages are found by device, message and day; unread lines by message and reason',
  { skip: withoutChromium },
  async (t) => {
    const { api, say, fail } = await failing(t);
    await fail('sw-b');
    await say('sw-a', UNKNOWN);
    await say('sw-b', UNKNOWN);
    await say('sw-b', '%PKI-3-OTHER_THING: nobody knows');
    await until(
      () => get<Unparsed>(`${api}/api/v1/unparsed/groups`),
      ({ total }) => total === 3,
    );
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
    const rows = page.locator('tr[data-row]');
    const shows = (wanted: number) =>
      until(
        () => rows.count(),
        (count) => count === wanted,
      );
    await page.goto(`${api}/messages?mnemonic=COMM_FAILED`);
    await shows(2);
    await page.getByLabel('Device').fill('sw-b');
    await page.keyboard.press('Enter');
    await shows(1);
    await page.getByText('COMM_FAILED: Communications').first().click();
    await page.getByText('received').waitFor();
    const csv = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
    t.equal((await (await fetch(new URL(csv ?? '', api))).text()).trim().split('\r\n').length, 2);
    await page.getByLabel('From day (UTC)').fill('2001-02-03');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/from=2001-02-03T00%3A00%3A00Z/);
    t.equal(await page.getByLabel('From day (UTC)').inputValue(), '2001-02-03');
    await page.goto(`${api}/messages?to=2001-02-03T00:00:00Z`);
    await page.getByText('Nothing matches the filters.').waitFor();
    await page.goto(`${api}/messages?from=yesterday`);
    await page.getByRole('alert').filter({ hasText: 'from' }).waitFor();
    await page.goto(`${api}/messages`);
    await page.getByRole('link', { name: 'Unread lines' }).click();
    await page.getByRole('row', { name: /SMART_LIC-NOT_KNOWN_YET.*2 2/ }).waitFor();
    await shows(5);
    await page.getByRole('link', { name: 'PKI-OTHER_THING' }).click();
    await shows(2);
    t.equal(await page.getByLabel('Facility').inputValue(), 'PKI');
    await page.getByLabel('Why').selectOption('ambiguous');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('No line is like this').first().waitFor();
    t.same(wrong, []);
  },
);

t.test(
  'Advisory says whether a release is affected, and asks for what is missing',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/`);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('link', { name: 'Advisory' }).click();
    await page.getByRole('heading', { name: 'Affected releases' }).waitFor();
    t.notOk(await page.getByRole('link', { name: 'Import' }).isVisible(), 'the menu is closed');
    for (const [product, release, says] of [
      ['IE-3300-8T2S', '17.3.3', 'IE-3300-8T2S 17.3.3: affected'],
      ['IE-3300-8T2S', '17.6.1', 'IE-3300-8T2S 17.6.1: it has the fix'],
      ['<img src=x>', '17.3.3', '<img src=x> 17.3.3: not known'],
      ['IE-3300-8T2S', '', 'Give both'],
      ['IE-3300-8T2S', 'newest', 'release is not an IOS XE release'],
    ] as const) {
      await page.getByLabel('Product id').fill(product);
      await page.getByLabel('Release').fill(release);
      await page.getByRole('button', { name: 'Is it?' }).click();
      await page.getByText(says).waitFor();
    }
    t.same(wrong, []);
  },
);
