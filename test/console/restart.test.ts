import t from 'tap';
import { child, freePort, incidentsOf, metric, until } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';
import { banner, openPage, startBrowser, withoutChromium } from './browser.ts';
import { devicesAt, withTokensOfFile } from './failing.ts';

const skip = withoutChromium;

t.test(
  'a killed service: since when, and why nothing can be written; then what was missed, without a reload',
  { skip },
  async (t) => {
    const [data, http] = [temporaryDirectory(t), `127.0.0.1:${await freePort()}`];
    const start = async () => {
      const service = await child(t, data, '--http', http);
      return { ...service, ...(await devicesAt(t, { host: '127.0.0.1', port: service.ports.tcp })) };
    };
    const first = await start();
    await first.fail('sw-a');
    await until(
      () => incidentsOf(first.api),
      (incidents) => incidents.length === 1,
    );
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const incident = await page.context().newPage();
    await page.goto(`${first.api}/incidents`);
    await incident.goto(`${first.api}/incidents/qv-sw-a-1`);
    for (const tab of [page, incident]) {
      await tab.getByText('● live').waitFor();
      await tab.evaluate('window.wasNotReloaded = true');
    }
    await incident.getByRole('button', { name: 'Note', exact: true }).click();
    await incident.getByRole('textbox', { name: 'Note' }).fill('asked the plant');
    first.process.kill('SIGKILL');
    await first.exit;
    for (const tab of [page, incident]) await banner(tab, /Not connected since \d\d:\d\d:\d\d/).waitFor();
    t.equal(await page.locator('tr[data-row]').count(), 1, 'what was known stays');
    const asked = incident.getByRole('dialog');
    await asked.getByText('Not connected: nothing can be written now.').waitFor();
    t.ok(await asked.getByRole('button', { name: 'Note', exact: true }).isDisabled());
    await incident.getByRole('button', { name: 'Cancel' }).click();
    t.ok(await incident.getByRole('button', { name: 'Acknowledge' }).isDisabled());
    await incident.getByText('Not connected: nothing can be written now.').waitFor();

    const second = await start();
    await second.fail('sw-b');
    const acknowledged = await fetch(`${second.api}/api/v1/incidents/qv-sw-a-1/acknowledge`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"by":"kim"}' },
    });
    t.equal(acknowledged.status, 200);
    for (const tab of [page, incident]) await tab.getByText('● live').waitFor();
    await page.getByRole('row', { name: 'sw-a' }).getByText('kim').waitFor();
    await page.getByRole('button', { name: '1 new or changed: show' }).click();
    await page.getByRole('link', { name: 'sw-b' }).waitFor();
    t.equal(await page.locator('tr[data-row]').count(), 2);
    await incident.getByText('Taken by kim').waitFor();
    await incident.getByRole('button', { name: 'Note', exact: true }).click();
    t.equal(
      await incident.getByRole('textbox', { name: 'Note' }).inputValue(),
      'asked the plant',
      'what was typed is still there',
    );
    for (const tab of [page, incident]) t.ok(await tab.evaluate('window.wasNotReloaded'));
    t.same(wrong, []);
  },
);

t.test(
  'a token that is taken away: nothing more is told, pages ask for another one, and all come back to where they were',
  { skip },
  async (t) => {
    const { service, first, second, configure, fail } = await withTokensOfFile(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const logIn = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.getByLabel('Your name').fill('kim');
      await page.getByRole('button', { name: 'Log in' }).click();
    };
    const [list, one] = ['/incidents?sort=device', '/incidents/qv-sw-a-1'];
    await page.goto(service.api + list);
    await logIn(first);
    await page.getByText('● live').waitFor();
    const other = await page.context().newPage();
    await other.goto(service.api + one);
    await other.getByText('● live').waitFor();
    for (const tab of [page, other]) await tab.evaluate('window.wasNotReloaded = true');

    configure(second);
    service.process.kill('SIGHUP');
    await until(
      async () =>
        (
          await fetch(`${service.api}/-/reload`, {
            method: 'POST',
            headers: { authorization: `Bearer ${second}` },
          })
        ).status,
      (status) => status === 200,
    );
    await fail('sw-b');
    for (const tab of [page, other]) await tab.waitForURL(/\/login\?/);
    t.equal(await page.getByText('sw-b').count(), 0);
    t.equal(await metric(service.api, 'quovadis_stream_listeners'), 0);
    await logIn(second);
    await page.waitForURL(service.api + list);
    await page.getByRole('link', { name: 'sw-b' }).waitFor();
    await other.waitForURL(service.api + one);
    await other.getByRole('heading', { level: 1, name: 'sw-a' }).waitFor();
    for (const tab of [page, other]) {
      await tab.getByText('● live').waitFor();
      t.ok(await tab.evaluate('window.wasNotReloaded'));
    }
    t.equal(await metric(service.api, 'quovadis_stream_listeners'), 1);
    t.same(wrong, []);
  },
);
