/** What a page may cost: bytes on the line, elements, and memory. Scripts and styles alone are in test/serve/console.test.ts. */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { incidentsOf, until } from '../app/running.ts';
import { BODIES } from '../given.ts';
import { launchBrowser, openPage, startBrowser, withoutChromium } from './browser.ts';
import { countingProxy } from './counting-proxy.ts';
import { failing } from './failing.ts';
import { listFleet, nameOf } from './fleet.ts';
import { settle } from './looks.ts';

const skip = withoutChromium;
const KB = 1024;
const MB = 1024 * KB;
/** With heads of answers. */
const BUDGETS = { firstView: 80 * KB, refresh: 6 * KB, elements: 3000, growth: 5 * MB, changes: 20_000 };
/** Browsers take brotli over plain HTTP only of this machine itself: a name of another one costs more. */
const NAME = 'quovadis.example';
/** More than a page of a list. */
const DEVICES = 130;

/** A service with a long list, and how a browser elsewhere reaches it. */
async function reached(t: Test) {
  const http = { ...defaults.http, listen: '127.0.0.1:0', publicUrl: `http://${NAME}/` };
  const service = await failing(t, {}, { http });
  await listFleet(service, 0, DEVICES);
  for (let device = 0; device < DEVICES; device++) await service.fail(nameOf(device));
  await until(
    () => incidentsOf(`${service.api}`),
    (incidents) => incidents.length >= 100,
  );
  const proxy = await countingProxy(t, Number(new URL(service.api).port));
  const browser = await launchBrowser(t, [NAME]);
  return { ...service, browser, taken: proxy.taken, seen: proxy.seen, url: `http://${NAME}:${proxy.port}` };
}

const FRAMES = 40;
const frames = (page: Page) =>
  page.evaluate(`new Promise((done) => {
    let left = ${FRAMES};
    const next = () => (left-- === 0 ? done() : requestAnimationFrame(next));
    next();
  })`);

/** The page is there, and no further byte has come for some frames. */
async function rests(page: Page, seen: () => number): Promise<void> {
  await settle(page);
  await page.getByText('● live').waitFor();
  for (let before = -1; before !== seen(); ) {
    before = seen();
    await frames(page);
  }
}

t.test('the first view of each page has a bounded number of bytes, and so has a refresh', { skip }, async (t) => {
  const { browser, url, taken, seen } = await reached(t);
  for (const path of ['/', '/incidents', '/incidents/qv-sw-a-1']) {
    const { page, wrong } = await openPage(browser, { width: 360, theme: 'light' });
    taken();
    await page.goto(`${url}${path}`);
    await rests(page, seen);
    const first = taken();
    t.comment(`${path}: ${first} bytes`);
    t.ok(first <= BUDGETS.firstView, `${path}: ${first} bytes`);
    await page.reload();
    await rests(page, seen);
    const again = taken();
    t.comment(`${path} again: ${again} bytes`);
    t.ok(again <= BUDGETS.refresh, `${path} again: ${again} bytes`);
    t.same(wrong, []);
    await page.context().close();
  }
});

t.test('a list of 100 rows has a bounded number of elements', { skip }, async (t) => {
  const { browser, api } = await reached(t);
  const { page } = await openPage(browser, { width: 1440, theme: 'light' });
  for (const path of ['/incidents', '/devices', '/messages', '/messages/unparsed', '/notices']) {
    await page.goto(api + path);
    await settle(page);
    const rows = page.locator('tr[data-row]');
    if (/incidents|devices|messages$/.test(path)) {
      await rows.nth(99).waitFor();
      t.equal(await rows.count(), 100, path);
    }
    const elements = await page.locator('*').count();
    t.comment(`${path}: ${elements} elements`);
    t.ok(elements <= BUDGETS.elements, `${path}: ${elements} elements`);
  }
});

/** Devices that fail at once: the page is to see each change, and the stream keeps only so many for it. */
const AT_ONCE = 500;

/** Counts the changes that reach the page. */
const countChanges = (page: Page) =>
  page.evaluate(`(async () => {
    const main = document.querySelector('script[src]').src;
    const { subscribe } = await import(new URL('live/connection.js', main).href);
    window.changesSeen = 0;
    subscribe((change) => { if (change !== null) window.changesSeen++; });
  })()`);

t.test('a wall that is told of 20,000 changes has not grown', { skip }, async (t) => {
  const { api, say } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1920, theme: 'dark' });
  const cdp = await page.context().newCDPSession(page);
  const used = async () => {
    for (let turn = 0; turn < 3; turn++) await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize;
  };
  await page.goto(`${api}/?wall=1`);
  await settle(page);
  await page.getByText('● live').waitFor();
  await countChanges(page);
  const seen = () => page.evaluate<number>('window.changesSeen');
  let device = 0;
  const failUntil = async (changes: number) => {
    while ((await seen()) < changes) {
      const before = await seen();
      for (const last = device + AT_ONCE; device < last; device++)
        for (const body of [BODIES.callHome205, BODIES.commFailed, BODIES.authSignature])
          await say(nameOf(device), body);
      await until(seen, (now) => now >= before + 2 * AT_ONCE);
    }
  };
  await failUntil(2 * AT_ONCE);
  const before = await used();
  await failUntil(BUDGETS.changes + 2 * AT_ONCE);
  const growth = (await used()) - before;
  t.comment(`${await seen()} changes, from ${before} by ${growth} bytes`);
  t.ok(growth <= BUDGETS.growth, `${growth} bytes`);
  t.same(wrong, []);
});
