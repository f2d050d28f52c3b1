/** Plants in a real browser, also those with names that no address likes. */
import t, { type Test } from 'tap';
import { get, until } from '../app/running.ts';
import { BODIES, DAY } from '../given.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, HOSTILE, list } from './failing.ts';

const NAMES = ['North', 'South/Hall 2', '../x', 'a%2Fb', 'Köln, Süd\\1', '?a=b#c'];
const INVENTORY = `hostname,plant,release,pid\n${NAMES.map((name, index) => `sw-p${index},"${name}",17.3.3,IE-3300-8T2S`).join('\n')}\nsw-none,,,\n`;

async function plantsThatFail(test: Test) {
  const service = await failing(test);
  await list(service.api, INVENTORY);
  for (const index of NAMES.keys()) await service.fail(`sw-p${index}`);
  await until(
    () => get<{ incidents: object[] }>(`${service.api}/api/v1/incidents`),
    ({ incidents }) => incidents.length === NAMES.length + 1,
  );
  return service;
}

t.test(
  'each plant is reached from the list, and leads to its own incidents and CSV',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await plantsThatFail(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    for (const [index, name] of [...NAMES, HOSTILE].entries()) {
      const device = name === HOSTILE ? 'sw-a' : `sw-p${index}`;
      await page.goto(`${api}/plants`);
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
      t.equal(new URL(page.url()).pathname, `/plants/${encodeURIComponent(name)}`);
      await page.reload();
      await page.getByRole('row').getByRole('link', { name: device, exact: true }).waitFor();
      const shown = name === HOSTILE ? `\u2068${name}\u2069` : name;
      const title = await until(
        () => page.title(),
        (now) => now.includes('· Plant'),
      );
      t.match(title, `${shown} · Plant`, 'the title names it, and ends as it should');
      const csv = await page.getByRole('link', { name: 'CSV of next devices' }).getAttribute('href');
      const tasks = await (await fetch(new URL(csv ?? '', api))).text();
      t.same(tasks.match(/qv-sw-\w+-1/g), [`qv-${device}-1`], name);
      await page.getByRole('link', { name: 'that nobody has taken' }).click();
      await page.getByRole('heading', { name: 'Incidents' }).waitFor();
      await page.getByRole('row').getByRole('link', { name: device, exact: true }).waitFor();
      t.equal(await page.locator('tr[data-row]').count(), 1, name);
    }
    await page.goto(`${api}/plants`);
    await page.getByRole('link', { name: '(no plant)' }).click();
    await page.getByRole('link', { name: 'Its devices' }).click();
    await page.getByRole('link', { name: 'sw-none' }).waitFor();
    t.equal(await page.locator('tr[data-row]').count(), 1);
    await page.goto(`${api}/plants/nowhere`);
    await page.getByText('No device is in a plant of this name.').waitFor();
    t.same(wrong, []);
  },
);

t.test(
  'the plants of the campaign and of the list have their incidents by severity, with a sign where there are some',
  { skip: withoutChromium },
  async (t) => {
    const { api, fail, say } = await failing(t);
    await list(
      api,
      'hostname,plant,release,pid\nsw-m,North,17.3.3,IE-3300-8T2S\nsw-w,North,17.3.3,IE-3300-8T2S\nsw-c,South,17.3.3,IE-3300-8T2S\nsw-r,South,,\n',
    );
    for (const device of ['sw-m', 'sw-w', 'sw-c', 'sw-r']) await fail(device);
    for (const device of ['sw-m', 'sw-c']) await say(device, BODIES.authSignature);
    // Its last success was nearly a year ago: its grace ends soon.
    const success = new Date(Date.now() - 350 * DAY).toUTCString().split(' ');
    const [, day, month, year, time] = success;
    const shown = `sw-c#show license status\nLicense Authorization:\n  Status: AUTHORIZED\n  Last Communication Attempt: SUCCEEDED on ${month} ${day} ${time} ${year} UTC\nsw-c#\n`;
    const at = new Date().toISOString();
    const headers = { 'content-type': 'text/plain' };
    const kept = await fetch(`${api}/api/v1/captures?at=${at}`, { method: 'POST', headers, body: shown });
    t.equal(kept.status, 200, await kept.text());
    await say('sw-r', BODIES.commRestored);
    type Plants = {
      plants: { name: string; severities: Record<string, number>; conditions: Record<string, number> }[];
    };
    const { plants } = await until(
      () => get<Plants>(`${api}/api/v1/fleet`),
      ({ plants: now }) =>
        now.some(
          ({ name, severities, conditions }) =>
            name === 'South' && severities['critical'] === 1 && conditions['recovering'] === 1,
        ) && now.some(({ name, severities }) => name === 'North' && severities['major'] === 1),
    );
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const SIGNS = { critical: '◆', major: '▲', warning: '●' } as const;
    for (const path of ['/', '/plants', '/?wall=1']) {
      await page.goto(`${api}${path}`);
      for (const name of ['North', 'South']) {
        const row = page.getByRole('table', { name: 'Plants' }).locator('tbody tr').filter({ hasText: name });
        await row.waitFor();
        const { severities = {} } = plants.find((each) => each.name === name) ?? {};
        for (const [severity, sign] of Object.entries(SIGNS)) {
          const count = severities[severity] ?? 0;
          const cell = row.locator(`td[data-name="${severity[0]?.toUpperCase()}${severity.slice(1)}"]`);
          t.equal(
            (await cell.textContent())?.trim(),
            count === 0 ? '0' : `${sign} ${count}`,
            `${path} ${name} ${severity}`,
          );
          t.equal(await cell.locator(`.severity.${severity}`).count(), count === 0 ? 0 : 1, 'none has no colour');
        }
        t.equal(await row.locator('td[data-name="Recovering"]').textContent(), name === 'South' ? '1' : '0', path);
      }
    }
    t.same(wrong, []);
  },
);

t.test('a plant shows a change while it is open', { skip: withoutChromium }, async (t) => {
  const { api, fail } = await failing(t);
  await list(api, 'hostname,plant\nsw-x,North\nsw-y,North\n');
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/plants/North`);
  await page.getByText('No device has to be repaired now.').waitFor();
  await page.getByText('● live').waitFor();
  await fail('sw-x');
  await page.getByRole('row').getByRole('link', { name: 'sw-x' }).waitFor();
  await page.getByRole('link', { name: '● warning 1' }).click();
  await page.getByRole('row').getByRole('link', { name: 'sw-x' }).waitFor();
});
