/** A list without rows says why it has none, in a real browser. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { get, metric, running, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const skip = withoutChromium;

/** A line that nothing is made of, of a device that nobody knows. */
async function sayNothing(service: Awaited<ReturnType<typeof running>>): Promise<void> {
  const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
  await once(socket, 'connect');
  socket.end('<189>1: sw-z: %SYS-5-CONFIG_I: Configured from console by vty0\n');
  await until(
    () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tcp"}'),
    (lines) => lines === 1,
  );
}

t.test(
  'an empty list of incidents tells a service that was never sent a line from one with nothing wrong',
  { skip },
  async (t) => {
    const service = await running(t);
    await list(service.api, 'hostname\nsw-listed\n');
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${service.api}/incidents`);
    await page.getByText('No line was ever received.').waitFor();
    t.equal(await page.getByText('No incident is open').count(), 0, 'a listed device was never heard');
    await sayNothing(service);
    await page.reload();
    await page.getByText('No incident is open. The last line came').waitFor();
    await page.getByText('1 sender has sent lines in the last hour.').waitFor();
    await page.goto(`${service.api}/incidents?severity=critical`);
    await page.getByText('Nothing matches the filters.').waitFor();
    t.same(wrong, []);
  },
);

/**
 * Only questions for what `name` begins with fail. From `mend(act)` on they wait, until `act` is done, and are answered then: a page
 * asks by itself too, and what it says stays as it is for `act`.
 */
async function failingFor(page: Page, name: string) {
  const url = new RegExp(`/api/v1/${name}`);
  let mended: Promise<void> | null = null;
  await page.route(url, async (route) => {
    if (mended === null) return route.fulfill({ status: 503, json: { detail: `no ${name} now` } });
    await mended;
    await route.fallback();
  });
  return {
    mend: async (act: () => Promise<void>) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      mended = promise;
      await act();
      resolve();
    },
  };
}

t.test('an empty list of incidents says which of its questions has failed, and what is known', { skip }, async (t) => {
  const service = await running(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const alert = (text: string) => page.getByRole('alert').filter({ hasText: text });
  for (const name of ['health/pipeline', 'devices']) {
    const { mend } = await failingFor(page, name);
    await page.goto(`${service.api}/incidents`);
    await alert(`no ${name} now`).waitFor();
    await page.getByText('No incident is open.').waitFor();
    t.equal(await page.getByText('No line was ever received').count(), 0, 'which nobody knows');
    await mend(() => alert(`no ${name} now`).getByRole('button', { name: 'Try again' }).click());
    await page.getByText('No line was ever received.').waitFor();
    t.equal(await page.getByRole('alert').count(), 0);
  }
  await sayNothing(service);
  await failingFor(page, 'devices');
  await page.reload();
  await page.getByText('No incident is open. The last line came').waitFor();
  t.equal(await alert('no devices now').count(), 1, 'beside the time that is known');
  await page.unrouteAll();
  await page.goto(`${service.api}/devices`);
  await page.getByText('No device is known').waitFor();
  t.equal(await page.getByText('No line was ever received').count(), 0, 'a line of no device has come');
  t.same(wrong, []);
});

/** The cursor of the second page of a list, which says nothing else. */
async function cursorOf(t: Test, api: string, name: string): Promise<string> {
  const { next } = await get<{ next: string | null }>(`${api}/api/v1/${name}${name.includes('?') ? '&' : '?'}limit=1`);
  t.type(next, 'string', name);
  return `${next}`;
}

t.test('a further page whose rows are gone says so, and nothing of the whole list', { skip }, async (t) => {
  const { api, fail } = await failing(t);
  await list(api, 'hostname,plant\nsw-b,North\n');
  await fail('sw-b');
  await until(
    () => get<{ incidents: object[] }>(`${api}/api/v1/incidents?state=open`),
    ({ incidents }) => incidents.length === 2,
  );
  const lists = {
    '/incidents': 'incidents?state=open&sort=-severity',
    '/devices': 'devices',
    '/messages': 'messages',
    '/plants': 'plants',
    '/incidents/qv-sw-a-1?kinds=message': 'incidents/qv-sw-a-1/timeline?kinds=message',
  };
  const asked: string[] = [];
  for (const [path, name] of Object.entries(lists)) {
    const cursor = new URLSearchParams({ cursor: await cursorOf(t, api, name) });
    asked.push(`${api}${path}${path.includes('?') ? '&' : '?'}${cursor}`);
  }
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  // As if they had gone meanwhile: the service answers without rows, whatever the cursor is.
  await page.route(/\/api\/v1\/[^?]+\?(.*&)?cursor=/, async (route) => {
    const response = await route.fetch();
    const body = (await response.json()) as Record<string, unknown>;
    const none = Object.entries(body).map(([key, value]) => [key, Array.isArray(value) ? [] : null]);
    await route.fulfill({ response, json: Object.fromEntries(none) });
  });
  for (const url of asked) {
    await page.goto(url);
    await page.getByText('Nothing is on this page any more.').waitFor();
    const claims = page.getByText(/No (line|incident|plant|device) |Nothing (matches|of these)/);
    t.strictSame(await claims.allTextContents(), [], url);
    await page.getByRole('button', { name: 'First page' }).click();
    await page.getByText('Nothing is on this page any more.').waitFor({ state: 'detached' });
    t.equal(new URL(page.url()).searchParams.has('cursor'), false);
    await page.locator('tbody:not([aria-hidden]) tr, .timeline li').first().waitFor();
  }
  t.same(wrong, []);
});
