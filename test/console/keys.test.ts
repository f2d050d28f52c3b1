/** Each key of the console's table does what the table says, in a real browser; and none does it where it must not. */
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { keyTable } from '../../web/key-table.ts';
import { get, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const skip = withoutChromium;
const DEVICES = ['sw-a', 'sw-b', 'sw-c'];

/** A service with an incident of each device. */
async function three(t: Test) {
  const service = await failing(t);
  for (const device of DEVICES.slice(1)) await service.fail(device);
  await until(
    () => get<{ total: number }>(`${service.api}/api/v1/incidents/facets?state=open`),
    ({ total }) => total === DEVICES.length,
  );
  return service;
}

const keys = async (page: Page, ...pressed: readonly string[]) => {
  for (const key of pressed) await page.keyboard.press(key);
};
/** `g` and the letter of a page, as fast as a person: neither waits for what the page does with the other. */
const go = async (page: Page, letter: string) => {
  await Promise.all([page.keyboard.press('g'), page.keyboard.press(letter)]);
};
const dialog = (page: Page) => page.getByRole('dialog');
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
const setting = (page: Page, name: string) =>
  page.evaluate<string>(`document.documentElement.dataset[${JSON.stringify(name)}]`);
/** The device of the row that has the focus. */
const rowIs = (page: Page, device: string) =>
  until(
    () => page.evaluate(`document.activeElement.closest('tr[data-row] a')?.textContent`),
    (text) => text === device,
  );

/** The list, by device, with the focus nowhere. */
async function openList(page: Page, api: string): Promise<void> {
  await page.goto(`${api}/incidents?sort=device`);
  for (const device of DEVICES) await page.getByRole('link', { name: device, exact: true }).waitFor();
  await page.getByText('● live').waitFor();
  // What acts on rows comes after them.
  await page.getByLabel('All of this page').waitFor();
}
async function openOne(page: Page, api: string): Promise<void> {
  await page.goto(`${api}/incidents/qv-sw-a-1`);
  await page.getByText('● live').waitFor();
  await page.getByRole('button', { name: 'Note', exact: true }).waitFor();
  await page.locator('.timeline li').first().waitFor();
}

const PAGES = {
  ...{ c: 'Campaign', i: 'Incidents', d: 'Devices', p: 'Plants', m: 'Messages', n: 'Notices', h: 'Health' },
} as const;

type Check = (t: Test, page: Page, api: string) => Promise<void>;

/** By what the table shows. */
const checks: Readonly<Record<string, Check>> = {
  'j k': async (_t, page, api) => {
    await openList(page, api);
    for (const [key, device] of [
      ['j', 'sw-a'],
      ['j', 'sw-b'],
      ['j', 'sw-c'],
      ['j', 'sw-c'],
      ['k', 'sw-b'],
      ['k', 'sw-a'],
      ['k', 'sw-a'],
    ] as const) {
      await keys(page, key);
      await rowIs(page, device);
    }
  },
  x: async (_t, page, api) => {
    await openList(page, api);
    await keys(page, 'j', 'x');
    await page.getByText('1 chosen').waitFor();
    await keys(page, 'j', 'x');
    await page.getByText('2 chosen').waitFor();
    await keys(page, 'x');
    await page.getByText('1 chosen').waitFor();
  },
  'Shift-x': async (_t, page, api) => {
    await openList(page, api);
    await keys(page, 'j', 'x', 'j', 'j', 'Shift+X');
    await page.getByText('3 chosen').waitFor();
  },
  'o Enter': async (_t, page, api) => {
    for (const [device, ...pressed] of [
      ['sw-b', 'j', 'j', 'o'],
      ['sw-a', 'j', 'Enter'],
    ] as const) {
      await openList(page, api);
      await keys(page, ...pressed);
      await heading(page, device);
    }
    await openList(page, api);
    await page.getByRole('checkbox', { name: 'Choose sw-c' }).check();
    await keys(page, 'Enter');
    await heading(page, 'sw-c');
  },
  a: async (_t, page, api) => {
    await openOne(page, api);
    await keys(page, 'a');
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
    await openList(page, api);
    await keys(page, 'j', 'j', 'a');
    await dialog(page).getByRole('heading', { name: 'sw-b' }).waitFor();
    await openList(page, api);
    await keys(page, 'j', 'x', 'j', 'x', 'a');
    await dialog(page).getByRole('heading', { name: '2 incidents' }).waitFor();
  },
  n: async (_t, page, api) => {
    await openOne(page, api);
    await keys(page, 'n');
    await dialog(page).getByRole('heading', { name: 'Note: sw-a' }).waitFor();
    await openList(page, api);
    await keys(page, 'j', 'n');
    await dialog(page).getByRole('heading', { name: 'sw-a' }).waitFor();
    await openList(page, api);
    await keys(page, 'j', 'x', 'j', 'x', 'n');
    await dialog(page).getByRole('heading', { name: '2 incidents' }).waitFor();
  },
  '/': async (t, page, api) => {
    await openOne(page, api);
    await keys(page, '/');
    const field = dialog(page).getByRole('textbox');
    await field.pressSequentially('sw-c');
    t.equal(await field.inputValue(), 'sw-c', 'the key itself is not typed');
  },
  'g c, g i, g d, g p, g m, g n, g h': async (t, page, api) => {
    await openOne(page, api);
    for (const [key, name] of Object.entries(PAGES)) {
      await go(page, key);
      await heading(page, name);
    }
    await keys(page, 'g', 'x', 'i');
    t.equal(await page.evaluate('location.pathname'), '/health', 'another key between them ends it');
  },
  '.': async (t, page, api) => {
    await openOne(page, api);
    const zone = await setting(page, 'zone');
    await keys(page, '.');
    t.not(await setting(page, 'zone'), zone);
    await page.getByText(/● live .* UTC/).waitFor();
    t.equal(await page.evaluate("new URLSearchParams(location.search).get('zone')"), 'UTC', 'it stands in the address');
    await keys(page, '.');
    t.equal(await setting(page, 'zone'), zone);
  },
  t: async (t, page, api) => {
    await openOne(page, api);
    const themes: unknown[] = [];
    for (let times = 0; times < 3; times++) {
      await keys(page, 't');
      themes.push(await setting(page, 'theme'));
    }
    t.strictSame(themes, ['light', 'dark', 'system']);
  },
  p: async (_t, page, api) => {
    await openOne(page, api);
    await keys(page, 'p');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await keys(page, 'p');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
  },
  '?': async (t, page, api) => {
    await openOne(page, api);
    await keys(page, '?');
    await dialog(page).waitFor();
    for (const { shown, what } of keyTable)
      t.equal(
        await dialog(page)
          .getByRole('row', { name: `${shown} ${what}`, exact: true })
          .count(),
        1,
        shown,
      );
  },
  Esc: async (t, page, api) => {
    await openOne(page, api);
    for (const key of ['?', '/', 'n']) {
      await keys(page, key);
      await dialog(page).waitFor();
      await keys(page, 'Escape');
      await dialog(page).waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('link', { name: 'Accuracy' }).waitFor();
    await keys(page, 'Escape');
    t.notOk(await page.getByRole('link', { name: 'Accuracy' }).isVisible());
  },
};

t.test('each key of the table does what it says', { skip }, async (t) => {
  t.strictSame(
    keyTable.map(({ shown }) => shown),
    Object.keys(checks),
    'the table has these keys',
  );
  const { api } = await three(t);
  const browser = await startBrowser(t);
  for (const [shown, check] of Object.entries(checks)) {
    const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
    await check(t, page, api);
    t.same(wrong, [], shown);
    await page.context().close();
  }
});

/** All that a key could do. What it has changed is drawn by then. */
const state = (page: Page) =>
  page.evaluate<Record<string, unknown>>(`(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const { theme, zone } = document.documentElement.dataset;
    return {
      theme,
      zone,
      address: location.href,
      dialogs: document.querySelectorAll('dialog[open]').length,
      boxes: document.querySelectorAll('[data-choose]:checked').length,
      buttons: [...document.querySelectorAll('main button, header button')].map(({ textContent }) => textContent),
      focus: document.activeElement.outerHTML.slice(0, 200),
    };
  })()`);

const SINGLE = ['j', 'k', 'x', 'X', 'o', 'a', 'n', '/', '.', 't', 'p', '?', ...Object.keys(PAGES)];

/** A list and an incident, with the focus on what a key could be about. */
async function places(browser: Browser, api: string) {
  const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
  const incident = await page.context().newPage();
  await openList(page, api);
  await openOne(incident, api);
  await page.getByRole('link', { name: 'sw-b', exact: true }).focus();
  return { list: page, incident, wrong };
}

t.test('no key does anything with a modifier', { skip }, async (t) => {
  const { api } = await three(t);
  const { list, incident, wrong } = await places(await startBrowser(t), api);
  for (const page of [list, incident]) {
    await page.bringToFront();
    const before = await state(page);
    for (const modifier of ['Control', 'Alt', 'Meta'])
      for (const key of [...SINGLE, 'g']) {
        await keys(page, `${modifier}+${key}`);
        t.strictSame(await state(page), before, `${modifier}-${key}`);
      }
    await keys(page, 'g', 'Control+d');
    t.strictSame(await state(page), before, 'nor its second letter');
  }
  t.same(wrong, []);
});

t.test('no key does anything while somebody types or chooses', { skip }, async (t) => {
  const { api } = await three(t);
  const { list, incident, wrong } = await places(await startBrowser(t), api);
  const typed = [...SINGLE, 'g', 'd'].join('');
  const inert = async (page: Page, name: string) => {
    const before = await state(page);
    await page.keyboard.type(typed);
    t.strictSame(await state(page), before, name);
  };
  const search = list.getByRole('searchbox');
  await search.focus();
  await inert(list, 'in the search of a list');
  t.equal(await search.inputValue(), typed);
  await keys(incident, 'n');
  await dialog(incident).waitFor();
  await inert(incident, 'in a note');
  t.equal(await dialog(incident).getByRole('textbox').inputValue(), typed);
  await dialog(incident).getByRole('combobox').focus();
  const before = await state(incident);
  await keys(incident, 't', 'p', '.', '?');
  t.strictSame(await state(incident), before, 'in a choice of a dialog');
  await dialog(incident).getByRole('button', { name: 'Cancel' }).focus();
  await keys(incident, 'g', 'd', 't', 'p', '.', '?', '/');
  t.strictSame({ ...(await state(incident)), focus: null }, { ...before, focus: null }, 'on a button of a dialog');
  await keys(incident, 'Escape');
  await dialog(incident).waitFor({ state: 'detached' });
  await keys(incident, '/');
  await dialog(incident).getByRole('textbox').waitFor();
  await inert(incident, 'in the search over everything');
  await list.goto(`${api}/messages/unparsed`);
  await list.getByLabel('Why').focus();
  const where = await state(list);
  await keys(list, 't', 'p', '.', '?', 'g', 'd');
  t.strictSame(await state(list), where, 'in a choice of a page');
  t.same(wrong, []);
});

t.test('g is forgotten when somebody types, and after a moment', { skip }, async (t) => {
  const { api } = await three(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.clock.install();
  await openList(page, api);
  await keys(page, 'g');
  const search = page.getByRole('searchbox');
  await search.focus();
  await keys(page, 'w', 'Escape', 'd');
  t.equal(await page.evaluate('location.pathname'), '/incidents', 'a letter was typed in between');
  await keys(page, 'g');
  await page.clock.fastForward(1500);
  await keys(page, 'd');
  t.equal(await page.evaluate('location.pathname'), '/incidents', 'the letter came later');
  await go(page, 'd');
  await heading(page, 'Devices');
  t.same(wrong, []);
});

t.test('a key that is held down does its work once, but for those of rows', { skip }, async (t) => {
  const { api } = await three(t);
  const { list, wrong } = await places(await startBrowser(t), api);
  await list.getByRole('link', { name: 'sw-a', exact: true }).focus();
  for (let times = 0; times < 4; times++) await list.keyboard.down('t');
  await list.keyboard.up('t');
  t.equal(await setting(list, 'theme'), 'light');
  for (let times = 0; times < 2; times++) await list.keyboard.down('j');
  await list.keyboard.up('j');
  await rowIs(list, 'sw-c');
  t.same(wrong, []);
});

t.test('all keys can be switched off, for this browser, and on again', { skip }, async (t) => {
  const { api } = await three(t);
  const { list, incident, wrong } = await places(await startBrowser(t), api);
  await list.bringToFront();
  await keys(list, '?');
  await dialog(list).getByRole('button', { name: 'Switch all keys off' }).click();
  await keys(list, 'Escape');
  await dialog(list).waitFor({ state: 'detached' });
  await incident.reload();
  await incident.getByText('● live').waitFor();
  await incident.getByRole('button', { name: 'Note', exact: true }).waitFor();
  await incident.locator('.timeline li').first().waitFor();
  await list.getByRole('link', { name: 'sw-b', exact: true }).focus();
  for (const page of [list, incident]) {
    const before = await state(page);
    for (const key of [...SINGLE, 'g', 'd']) {
      await keys(page, key);
      t.strictSame(await state(page), before, key);
    }
  }
  await keys(list, 'Enter');
  await heading(list, 'sw-b');
  await list.goto(`${api}/about`);
  await list.getByText('Keys').first().waitFor();
  await list.getByRole('button', { name: 'off', exact: true }).click();
  await go(list, 'i');
  await heading(list, 'Incidents');
  t.same(wrong, []);
});
