/** What pages hear of the service while they are open, in a real browser. */
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { SILENT_MS } from '../../web/live/source.ts';
import { child, incidentsOf, metric, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { banner, openedBesideWall, openPage, startBrowser, withoutChromium, withoutWorkers } from './browser.ts';
import { failing, HOSTILE } from './failing.ts';

const HOUR = 3_600_000;
const skip = withoutChromium;
const live = (page: Page) => page.getByText('● live').waitFor();
const waits = (page: Page, count: number) => page.getByRole('button', { name: `${count} new or changed: show` });

/** The console of a service with one incident, and how many clients listen to its stream. */
async function opened(t: Test) {
  const service = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const listeners = (count: number) =>
    until(
      () => metric(service.api, 'quovadis_stream_listeners'),
      (now) => now === count,
    );
  return { ...service, page, wrong, context: page.context(), listeners };
}

/** The browser's clock is `ms` ahead of the service's. */
const shiftClock = (context: BrowserContext, ms: number) =>
  context.addInitScript(`{
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...given) {
        given.length === 0 ? super(Real.now() + ${ms}) : super(...given);
      }
      static now() {
        return Real.now() + ${ms};
      }
    };
  }`);

/** A page becomes hidden or visible, as when another tab is chosen. */
const show = (page: Page, state: 'visible' | 'hidden') =>
  page.evaluate(`{
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
    document.dispatchEvent(new Event('visibilitychange'));
  }`);

t.test('ten tabs have one stream, each is told of a change, and the last one ends it', { skip }, async (t) => {
  const { api, fail, page, context, listeners, wrong } = await opened(t);
  const tabs = [page];
  while (tabs.length < 10) tabs.push(await context.newPage());
  for (const tab of tabs) await tab.goto(`${api}/incidents`);
  for (const tab of tabs) await live(tab);
  t.equal(await metric(api, 'quovadis_stream_listeners'), 1);
  await fail('sw-b');
  for (const tab of tabs) await waits(tab, 1).waitFor();
  for (const tab of tabs.slice(1)) await tab.close();
  await fail('sw-c');
  await waits(page, 2).waitFor();
  t.equal(await metric(api, 'quovadis_stream_listeners'), 1);
  t.same(wrong, []);
  await context.close();
  await listeners(0);
});

t.test(
  'without shared workers, each visible tab listens, and one that was hidden is up to date again',
  { skip },
  async (t) => {
    const { api, fail, page, context, listeners } = await opened(t);
    await withoutWorkers(context);
    const other = await context.newPage();
    for (const tab of [page, other]) await tab.goto(`${api}/incidents`);
    for (const tab of [page, other]) await live(tab);
    t.equal(await metric(api, 'quovadis_stream_listeners'), 2);
    await show(other, 'hidden');
    await listeners(1);
    await fail('sw-b');
    await waits(page, 1).waitFor();
    t.equal(await waits(other, 1).count(), 0);
    await show(other, 'visible');
    await listeners(2);
    await waits(other, 1).waitFor();
  },
);

t.test('a hidden tab asks for nothing until it is seen again', { skip }, async (t) => {
  const { api, fail, page, context } = await opened(t);
  const other = await context.newPage();
  for (const tab of [page, other]) await tab.goto(`${api}/incidents`);
  for (const tab of [page, other]) await live(tab);
  await other.waitForLoadState('networkidle');
  await show(other, 'hidden');
  let asked = 0;
  other.on('request', () => asked++);
  await fail('sw-b');
  await waits(page, 1).waitFor();
  t.equal(asked, 0);
  await show(other, 'visible');
  await waits(other, 1).waitFor();
});

t.test(
  "times are the service's where the clock of the browser is hours wrong, in a later tab, too",
  { skip },
  async (t) => {
    const { api, page, context, stop } = await opened(t);
    await page.goto(`${api}/incidents`);
    await live(page);
    const isNow = async (tab: Page, pattern: RegExp) => {
      const [, shown] = pattern.exec((await tab.locator('body').textContent()) ?? '') ?? [];
      if (shown === undefined) return false;
      const [hours = 0, minutes = 0, seconds = 0] = shown.split(':').map(Number);
      const ms = Date.now() - new Date().setHours(hours, minutes, seconds, 0);
      return Math.abs(ms) < HOUR / 2 || Math.abs(ms) > 23.5 * HOUR;
    };
    for (const hours of [-7, 5]) {
      const wrong = await page.context().browser()?.newContext();
      if (wrong === undefined) throw new Error('there is no browser');
      await shiftClock(wrong, hours * HOUR);
      for (const tab of [await wrong.newPage(), await wrong.newPage()]) {
        await tab.goto(`${api}/incidents`);
        await live(tab);
        // The stream is open a moment before it says what time it is.
        await until(() => isNow(tab, /live ([\d:]+)/), Boolean);
        const age = await until(
          () => tab.locator('td time').first().textContent(),
          (text) => /^(now|\d+ ?(s|sec|m|min))/.test(text ?? ''),
        );
        t.ok(age, `${hours} h: the age of an incident`);
      }
    }
    const [tab] = (await page.context().browser()?.contexts().at(-1)?.pages()) ?? [];
    await stop();
    await banner(tab as Page, 'Not connected since').waitFor();
    t.ok(await isNow(tab as Page, /Not connected since ([\d:]+)/), 'since when it is not connected');
    await context.close();
  },
);

t.test('what has just happened is never shown as later than now', { skip }, async (t) => {
  const by = { ms: 0 };
  const clock = { wall: () => Date.now() + by.ms, monotonic: () => performance.now() + by.ms };
  const { api, fail } = await failing(t, {}, {}, clock);
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  // The clocks go on, and no timer of the page comes to its end.
  await page.addInitScript(`{
    globalThis.passed = 0;
    const now = Date.now;
    Date.now = () => now() + globalThis.passed;
  }`);
  await page.goto(`${api}/`);
  await live(page);
  const lastChange = page
    .getByRole('heading', { name: 'Last changes' })
    .locator('xpath=ancestor::section')
    .locator('li');
  await lastChange.getByText('sw-a').waitFor();
  [by.ms] = [9000, await page.evaluate('globalThis.passed = 9000')];
  await fail('sw-b');
  await lastChange.first().getByText('sw-b').waitFor();
  t.match(await lastChange.allTextContents(), [/^(now|\ds ago) .*sw-b/, /^(9|[1-5]\d)s ago .*sw-a/]);
  await page.goto(`${api}/incidents/qv-sw-b-1`);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  t.match(await page.getByText('Taken by').textContent(), /(now|\ds ago)$/);
});

t.test(
  'plants and devices that were heard in the last hour say so, and no minutes that nobody knows',
  { skip },
  async (t) => {
    const { api, page } = await opened(t);
    for (const path of ['', 'plants', `plants/${encodeURIComponent(HOSTILE)}`, 'devices', 'devices/sw-a']) {
      await page.goto(`${api}/${path}`);
      const heard = page.locator('time', { hasText: 'in the last hour' });
      await heard.first().waitFor();
      t.match(await heard.first().getAttribute('title'), /^noted at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, path);
    }
  },
);

t.test('a service that is silent is not connected since it was heard last', { skip }, async (t) => {
  const service = await child(t, temporaryDirectory(t));
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await withoutWorkers(page.context());
  await page.clock.install();
  await page.goto(service.api);
  await live(page);
  service.process.kill('SIGSTOP');
  t.teardown(() => service.process.kill('SIGCONT'));
  await page.clock.fastForward(SILENT_MS + 15_000);
  const since = await banner(page, /Not connected since [\d:]+/).textContent();
  const now = await page.getByText(/not live [\d:]+/).textContent();
  const [from = 0, to = 0] = [since, now].map((text) => Date.parse(`2026-01-01T${/[\d:]{8}/.exec(text ?? '')?.[0]}Z`));
  t.ok((to - from + 24 * HOUR) % (24 * HOUR) >= SILENT_MS, `${since} ${now}`);
});

t.test('a page of another version offers to load itself anew; a wall does it by itself', { skip }, async (t) => {
  const { api, page } = await opened(t);
  let version = 'this';
  const wall = await openedBesideWall(page, api, () => ({ version }));
  t.equal(await banner(page, 'of another version').count(), 0);
  version = 'next';
  await banner(page, 'The service is next now').waitFor();
  await wall.waitForFunction('window.wasNotReloaded === undefined');
  t.ok(await page.evaluate('window.wasNotReloaded'), 'nobody loses what he types');
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.waitForFunction('window.wasNotReloaded === undefined');
  await page.getByText(/live \d/).waitFor();
  t.equal(await banner(page, 'of another version').count(), 0);
});

t.test('a service that takes no further listener is shown as it is, and people can act', { skip }, async (t) => {
  const { api, fail, page, listeners } = await opened(t);
  const others: IncomingMessage[] = [];
  while (others.length < limits.listeners) {
    const [answer] = await once(httpGet(`${api}/api/v1/stream`, { agent: false }), 'response');
    others.push(answer.on('error', () => {}).resume());
  }
  await page.goto(`${api}/incidents`);
  await banner(page, 'the service takes no further listener').waitFor();
  await fail('sw-b');
  await waits(page, 1).waitFor();
  await page.getByRole('link', { name: 'sw-a' }).click();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('button', { name: 'Take back' }).waitFor();
  await page.goto(api);
  const open = page.locator('.figure', { hasText: 'Open' }).locator('.figure-value');
  await open.getByText('2', { exact: true }).waitFor();
  await fail('sw-c');
  await open.getByText('3', { exact: true }).waitFor();
  for (const other of others) other.destroy();
  await live(page);
  await listeners(1);
  t.equal(await banner(page, 'takes no further listener').count(), 0);
});

/** From now on: what a screen reader is told, and when, by the clock of the page. */
const listenToStatus = (page: Page) =>
  page.evaluate(`{
    globalThis.spoken = [];
    const regions = '[role=status], [aria-live]';
    new MutationObserver((changes) => {
      for (const region of new Set(changes.map(({ target }) => (target.closest ? target : target.parentElement)?.closest(regions)))) {
        const text = region?.textContent ?? '';
        if (text !== '') globalThis.spoken.push({ at: performance.now(), text });
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  }`);
type Spoken = { readonly at: number; readonly text: string };
const FRAME = 20;

t.test(
  'what changes by itself is told to a screen reader once in 5 s at most, and the latest of it',
  { skip },
  async (t) => {
    const { api, fail, page, wrong } = await opened(t);
    const start = Date.now();
    await page.clock.install({ time: start });
    await page.goto(`${api}/incidents`);
    await live(page);
    await page.getByRole('checkbox', { name: 'Choose sw-a' }).check();
    await page.getByText('1 chosen').waitFor();
    await page.clock.pauseAt(start + HOUR);
    await listenToStatus(page);
    const shows = (ask: () => Promise<number>) =>
      until(
        async () => {
          await page.clock.runFor(FRAME);
          return ask();
        },
        (count) => count > 0,
      );
    for (let device = 1; device <= 6; device++) {
      await fail(`sw-${device}`);
      await shows(() => waits(page, device).count());
    }
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ by: 'lee', text: 'scrapped' });
    const closed = await fetch(`${api}/api/v1/incidents/qv-sw-a-1/close`, { method: 'POST', headers, body });
    t.equal(closed.status, 200);
    await shows(() => page.locator('.chosen').filter({ hasText: '1 chosen, 1 not on this page' }).count());
    await page.evaluate(`(async () => {
    const main = document.querySelector('script[src]').src;
    const { health } = await import(new URL('live/connection.js', main).href);
    health.value = { ready: true, detail: '12 lines were dropped', noticesWaitSince: null };
  })()`);
    await shows(() => banner(page, '12 lines were dropped').count());
    for (let second = 0; second < 15; second++) await page.clock.runFor(1000);
    const spoken = await page.evaluate<Spoken[]>('globalThis.spoken');
    const texts = spoken.map(({ text }) => text);
    t.equal(texts[0], '1 new or changed: show', 'the first one at once');
    t.ok(texts.includes('7 new or changed: show'), `the last one: ${texts}`);
    t.ok(
      texts.some((text) => text.includes('12 lines were dropped')),
      `and the other one: ${texts}`,
    );
    for (const [index, { at }] of spoken.entries())
      t.ok(index === 0 || at - (spoken[index - 1]?.at ?? 0) >= 5000, `${index}: ${JSON.stringify(spoken)}`);
    t.same(wrong, []);
  },
);

t.test('a slow sum holds up no row, and is not asked again before it is answered', { skip }, async (t) => {
  const { api, fail, page } = await opened(t);
  const held: (() => Promise<void>)[] = [];
  await page.route('**/api/v1/incidents/facets*', (route) => {
    held.push(() => route.continue());
  });
  await page.goto(`${api}/incidents`);
  await page.getByRole('row').getByRole('link', { name: 'sw-a' }).waitFor();
  await live(page);
  for (const device of ['sw-b', 'sw-c', 'sw-d']) {
    await fail(device);
    await page.getByRole('button', { name: 'show' }).click();
    await page.getByRole('row').getByRole('link', { name: device }).waitFor();
  }
  t.ok(held.length <= 2, `${held.length} questions wait: the first one, and one after changes`);
  for (const go of held) await go();
  await page.unroute('**/api/v1/incidents/facets*');
  await page.getByRole('heading', { name: 'Incidents 4' }).waitFor();
});

t.test('pages about one device ask again when there is something new of it, and not before', { skip }, async (t) => {
  const { api, say, fail, page, context, wrong } = await opened(t);
  await fail('sw-b');
  await until(
    () => incidentsOf(api),
    (incidents) => incidents.length === 2,
  );
  const other = await context.newPage();
  const tabs = [page, await context.newPage(), await context.newPage()];
  const asked: string[] = [];
  const shows = (tab: Page | undefined, mnemonic: string) =>
    tab?.locator('.timeline > li').filter({ hasText: mnemonic }).first().waitFor();
  for (const [index, path] of ['incidents/qv-sw-a-1', 'devices/sw-a', 'why?device=sw-a'].entries()) {
    const tab = tabs[index] as Page;
    await tab.clock.install();
    await tab.goto(`${api}/${path}`);
    await live(tab);
    await (path.startsWith('why') ? tab.getByText(/^Why: /).waitFor() : shows(tab, 'COMM_FAILED'));
    tab.on('request', (request) => asked.push(new URL(request.url()).pathname.replace('/api/v1/', '')));
  }
  await other.goto(`${api}/devices/sw-b`);
  await live(other);
  await say('sw-b', BODIES.authSignature);
  await shows(other, 'AUTH_RENEW_FAILED');
  for (const tab of tabs) await tab.clock.fastForward('10:00');
  await say('sw-b', BODIES.commRestored);
  await shows(other, 'COMM_RESTORED');
  t.same(asked, [], 'nothing was new of sw-a');
  const answered = tabs[2]?.waitForResponse('**/api/v1/devices/sw-a');
  await say('sw-a', BODIES.authSignature);
  for (const tab of tabs.slice(0, 2)) await shows(tab, 'AUTH_RENEW_FAILED');
  await answered;
  t.same([...new Set(asked)].sort(), [
    ...['devices/sw-a', 'devices/sw-a/timeline', 'incidents'],
    ...['incidents/qv-sw-a-1', 'incidents/qv-sw-a-1/timeline'],
  ]);
  t.same(wrong, []);
});

/** The page may listen only when `release` is called: it has asked for its list by then. */
async function askedFirst(page: Page, url: string) {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname.replace('/api/v1/', '')));
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  await page.route('**/api/v1/session', async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(url);
  await page.locator('tr[data-row]').first().waitFor();
  return { release, lists: () => asked.filter((name) => name === 'incidents').length };
}

t.test('what changes after a page has asked and before it listens is seen', { skip }, async (t) => {
  const { api, fail, page, wrong } = await opened(t);
  const { release, lists } = await askedFirst(page, `${api}/incidents`);
  await fail('sw-b');
  release();
  await waits(page, 1).waitFor();
  t.equal(lists(), 2);
  t.same(wrong, []);
});

t.test('a page that has missed nothing asks once', { skip }, async (t) => {
  const { api, fail, page, wrong } = await opened(t);
  const { release, lists } = await askedFirst(page, `${api}/incidents`);
  release();
  await live(page);
  t.equal(lists(), 1);
  await fail('sw-b');
  await waits(page, 1).waitFor();
  t.equal(lists(), 2, 'one change is one question');
  t.same(wrong, []);
});
