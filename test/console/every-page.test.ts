/** Every page and every dialog of the console in a real browser, in both themes, on a phone and on a desk. */
import type { Browser, Locator, Page } from 'playwright-core';
import t from 'tap';
import { pagePaths } from '../../src/serve/console/shell.ts';
import { trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { everything } from './everything.ts';
import { HOSTILE } from './failing.ts';
import { settle, tooWide, turnedTexts, widths, wrongLooks } from './looks.ts';
import { named, paths } from './paths.ts';

const skip = withoutChromium;
/** One service and one browser for all: none of the tests changes what the others see. */
let started: Promise<{ readonly api: string; readonly browser: Browser }> | null = null;
const served = () => {
  started ??= Promise.all([everything(t), startBrowser(t)]).then(([{ api }, browser]) => ({ api, browser }));
  return started;
};

t.test('the table above has every page that the service has', async (t) => {
  const patterns = pagePaths.map((page) => new RegExp(`^${page.replaceAll(/:\w+/g, '[^/?]+')}(\\?|$)`));
  for (const pattern of patterns)
    t.ok(
      paths.some((path) => pattern.test(path)),
      `${pattern}`,
    );
});

t.test(
  'every page is accessible in both themes, keeps its policy, is not wider than the screen, and has room for a finger',
  { skip },
  async (t) => {
    const { api, browser } = await served();
    for (const width of widths) {
      const { page, wrong } = await openPage(browser, { ...width, theme: 'light' });
      for (const path of paths) {
        await page.goto(`${api}${path}`);
        await settle(page);
        t.same(await wrongLooks(page), [], `${path} ${width.width}`);
      }
      t.same(wrong, []);
      await page.context().close();
    }
  },
);

/** A4 less margins of 12 mm, in CSS pixels. */
const PAPER_WIDTH = 703;

t.test(
  'every page is whole on paper, where nothing is to press, and accessible in forced colours',
  { skip },
  async (t) => {
    const { api, browser } = await served();
    const { page, wrong } = await openPage(browser, { width: PAPER_WIDTH, theme: 'dark' });
    for (const path of paths) {
      await page.emulateMedia({ media: 'screen', forcedColors: 'active' });
      await page.goto(`${api}${path}`);
      await settle(page);
      t.same(await axeFindings(page), [], `${path} in forced colours`);
      await page.emulateMedia({ media: 'print', forcedColors: 'none' });
      t.same(await tooWide(page), [], `${path} on paper`);
      t.same(
        await page.locator('nav, button:not(.sort), input, textarea, select').filter({ visible: true }).count(),
        0,
        path,
      );
      const heads = await page.evaluate(`[...document.querySelectorAll('table:has(thead)')].flatMap((table) => {
      const seen = (row) => [...row?.cells ?? []].filter((cell) => cell.checkVisibility()).length;
      const [head, body] = [seen(table.tHead.rows[0]), seen(table.tBodies[0]?.rows[0])];
      return body === 0 || head === body ? [] : [table.caption?.textContent + ': ' + head + ' heads over ' + body];
    })`);
      t.same(heads, [], `${path}: each column has its head`);
    }
    t.same(wrong, []);
  },
);

t.test('what could not be read is said, and nothing looks as if it were on its way', { skip }, async (t) => {
  const { api, browser } = await served();
  const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
  const problem = {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'the store does not answer: \u202e=cmd',
  };
  await page.route(/\/api\/v1\/(?!session|stream)/, (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  );
  for (const path of paths.filter((each) => !/^\/(import|trustpool|why|login|\?)/.test(each))) {
    await page.goto(`${api}${path}`);
    await page.getByRole('alert').filter({ hasText: 'the store does not answer' }).first().waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    t.equal(await page.locator('.ghost').filter({ visible: true }).count(), 0, path);
    t.same(await turnedTexts(page), [], path);
    t.equal(await page.getByRole('button', { name: 'Try again' }).first().isEnabled(), true, path);
  }
  t.same(wrong, []);
});

t.test('a page that waits for its answer has its frame and its heading', { skip }, async (t) => {
  const { api, browser } = await served();
  const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
  await page.route(/\/api\/v1\/(?!session|stream)/, () => {});
  for (const path of ['/', '/incidents', '/incidents/qv-sw-a-1', '/devices', '/devices/sw-b', '/plants', '/health']) {
    await page.goto(`${api}${path}`);
    await page.locator('h1').first().waitFor({ state: 'attached' });
    await page.locator('.ghost').first().waitFor();
    t.same(await axeFindings(page), [], path);
  }
  t.same(wrong, []);
});

type Opening = { readonly path: string; readonly name: string; readonly open: (page: Page) => Promise<Locator> };

const dialog = (page: Page) => page.getByRole('dialog');
const press = async (page: Page, name: string) => {
  await page.getByRole('button', { name, exact: true }).click();
  return dialog(page);
};
/** The boxes are there once the page knows that this person may write. */
const choose = async (page: Page) => {
  for (const row of [0, 1]) await page.locator('[data-choose]').nth(row).check();
};

/** What opens over a page, or in it, and what is then to be seen. */
const openings: readonly Opening[] = [
  ...['Note', 'Close'].map((name) => ({
    ...{ path: '/incidents/qv-sw-a-1', name: `${name} of an incident` },
    open: (page: Page) => press(page, name),
  })),
  { path: '/incidents/qv-sw-c-1', name: 'Reopen', open: (page) => press(page, 'Reopen') },
  ...['Acknowledge', 'Note', 'Close'].map((name) => ({
    ...{ path: '/incidents', name: `${name} of many` },
    open: async (page: Page) => {
      await choose(page);
      return press(page, name);
    },
  })),
  { path: '/devices/sw-b', name: 'Forget', open: (page) => press(page, 'Forget') },
  { path: named('plants', HOSTILE), name: 'Acknowledge it', open: (page) => press(page, 'Acknowledge it') },
  { path: '/about', name: 'Keys', open: (page) => press(page, 'Keys') },
  {
    ...{ path: '/devices', name: 'Search' },
    open: async (page) => {
      await press(page, 'Search');
      await dialog(page).getByLabel('Search incidents').fill('sw');
      return dialog(page).getByRole('link').first();
    },
  },
  {
    ...{ path: '/devices', name: 'More pages' },
    open: async (page) => {
      await page.getByRole('button', { name: 'More' }).click();
      return page.getByRole('link', { name: 'Advisory' });
    },
  },
  {
    ...{ path: '/devices', name: 'Filters' },
    open: async (page) => {
      await page.locator('.facets').evaluate((details) => details.setAttribute('open', ''));
      return page.getByRole('group', { name: 'Plant' });
    },
  },
  {
    ...{ path: '/?tables=days,grace', name: 'charts as tables' },
    open: async (page) => page.getByRole('table', { name: 'Burn-down' }),
  },
  {
    ...{ path: '/messages', name: 'a line' },
    open: async (page) => {
      await page.locator('tr summary').first().click();
      return page.getByText('received').first();
    },
  },
  {
    ...{ path: '/import', name: 'what an import would do' },
    open: async (page) => {
      await page
        .getByLabel('or paste')
        .fill(`hostname,plant,licensing,owner\nsw-a,,SLR,kim\nsw-new,"${HOSTILE}",,\n,x,,`);
      await page.getByRole('button', { name: 'What would change?' }).click();
      return page.getByText('1 column ignored: owner');
    },
  },
  {
    ...{ path: '/trustpool?device=sw-a', name: 'what is in a capture' },
    open: async (page) => {
      await page.getByLabel('or paste the output').fill(trustpoolSample.replace(/^.*(?=#)/, 'sw-a'));
      await page.getByRole('button', { name: 'What is in it?' }).click();
      return page.getByRole('button', { name: 'Keep it with sw-a' });
    },
  },
  {
    ...{ path: '/notices', name: 'the answer to a test notice' },
    open: async (page) => {
      await page.getByRole('button', { name: 'Send a test: refusing' }).click();
      return page.getByText('refusing has not taken the test notice');
    },
  },
];

t.test('every dialog, and every answer within a page, is as good as the pages', { skip }, async (t) => {
  const { api, browser } = await served();
  for (const width of widths) {
    const { page, wrong } = await openPage(browser, { ...width, theme: 'light' });
    for (const { path, name, open } of openings) {
      await page.goto(`${api}${path}`);
      await settle(page);
      await (await open(page)).waitFor();
      t.same(await wrongLooks(page), [], `${name} ${width.width}`);
      if (!(await dialog(page).isVisible())) continue;
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
      t.not(await page.evaluate('document.activeElement.localName'), 'body', `${name}: the focus is where it was`);
    }
    t.same(wrong, []);
    await page.context().close();
  }
});

const faults: Readonly<Record<string, readonly [script: string, found: RegExp]>> = {
  'a wide line': ["document.querySelector('main').style.width = '2000px'", /2\d{3} px wide/],
  'a small button': ["document.querySelector('.settings button').style = 'min-height:0;height:9px;padding:0'", /small/],
  'pale text': [
    "document.querySelector('main').style.color = '#777'; document.querySelector('main').style.background = '#888'",
    /contrast/,
  ],
  'a field without a name': ["document.querySelector('main').append(document.createElement('input'))", /label/],
  'a text that turns the one behind it': [
    "document.querySelector('main').append(Object.assign(document.createElement('bdi'), { textContent: '\\u202e=cmd · 17.3.3' }))",
    /turns/,
  ],
  'a label that turns what follows': [
    "document.querySelector('main').append(Object.assign(document.createElement('p'), { title: '\\u202e=cmd · Plant' }))",
    /turns/,
  ],
  'HTML of a text': ["document.querySelector('main').append(Object.assign(new Image(), { alt: 'x' }))", /HTML/],
};

t.test('what is wrong with a page is found', { skip }, async (t) => {
  const { api, browser } = await served();
  const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
  for (const [name, [script, found]] of Object.entries(faults)) {
    await page.goto(`${api}/about`);
    await settle(page);
    await page.evaluate(script);
    t.match((await wrongLooks(page)).join('\n'), found, name);
  }
  t.same(wrong, []);
  await page.addScriptTag({ content: 'window.isHere = true' }).catch(() => {});
  t.match(wrong.join('\n'), /policy: .*TrustedScript/, 'an inline script is refused, and seen');
});
