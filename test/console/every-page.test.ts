/** Every page and every dialog of the console in a real browser, in both themes, on a phone and on a desk. */
import type { Browser, Locator, Page } from 'playwright-core';
import t from 'tap';
import { pagePaths } from '../../src/serve/console/shell.ts';
import { trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { everything, HOSTILE_DEVICE, LONG_DEVICE, PLANT } from './everything.ts';
import { HOSTILE } from './failing.ts';
import { settle, widths, wrongLooks } from './looks.ts';

const skip = withoutChromium;
const named = (folder: string, name: string) => `/${folder}/${encodeURIComponent(name)}`;

const paths = [
  '/',
  '/?plant=North',
  '/?wall=1',
  '/incidents',
  '/incidents?state=any&sort=device',
  '/incidents?q=nobody',
  '/incidents/qv-sw-a-1',
  '/incidents/qv-sw-b-1',
  '/incidents/qv-sw-c-1',
  '/incidents/qv-sw-d-1',
  named('incidents', `qv-${LONG_DEVICE}-1`),
  named('incidents', HOSTILE),
  '/devices',
  '/devices?plant=nowhere',
  '/devices/sw-b',
  '/devices/sw-silent',
  named('devices', HOSTILE_DEVICE),
  '/devices/nobody',
  '/plants',
  '/plants/',
  named('plants', PLANT),
  named('plants', HOSTILE),
  named('plants', '../x'),
  '/messages',
  '/messages?device=nobody',
  '/messages/unparsed',
  '/notices',
  '/notices?state=delivered&sink=taking',
  '/health',
  '/advisory',
  '/advisory?release=17.3.3&product=IE-3300-8T2S',
  '/import',
  '/trustpool?device=sw-b',
  '/why',
  '/why?device=sw-watched',
  '/why?device=sw-silent',
  '/why?device=%3Cimg%20src%3Dx%3E',
  '/accuracy',
  '/about',
  '/about?licences=true',
  '/login',
] as const;

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

type Opening = { readonly path: string; readonly name: string; readonly open: (page: Page) => Promise<Locator> };

const dialog = (page: Page) => page.getByRole('dialog');
const press = async (page: Page, name: string) => {
  await page.getByRole('button', { name, exact: true }).click();
  return dialog(page);
};
const choose = async (page: Page) => {
  for (const box of (await page.locator('[data-choose]').all()).slice(0, 2)) await box.check();
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
