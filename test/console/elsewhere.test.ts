/** The console under another name, and in a browser that runs no scripts. */
import t from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { launchBrowser, openPage, startBrowser, withoutChromium } from './browser.ts';
import { everything } from './everything.ts';
import { settle } from './looks.ts';
import { paths } from './paths.ts';

const skip = withoutChromium;
/** No browser takes it for this machine. */
const NAME = 'quovadis.example';

t.test('every page works over plain HTTP under a name, asks nobody else, and keeps its policy', { skip }, async (t) => {
  const { api } = await everything(t, { http: { ...defaults.http, publicUrl: `http://${NAME}/` } });
  const { port } = new URL(api);
  const { page, wrong } = await openPage(await launchBrowser(t, [NAME]), { width: 1440, theme: 'light' });
  for (const path of paths) {
    await page.goto(`http://${NAME}:${port}${path}`);
    await settle(page);
    t.equal(await page.evaluate('isSecureContext'), false, path);
  }
  t.same(wrong, []);
});

t.test('without scripts a page says where runbook and API are', { skip }, async (t) => {
  const { api } = await everything(t);
  const browser = await startBrowser(t);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const path of ['/', '/incidents/qv-sw-a-1']) {
    await page.goto(`${api}${path}`);
    t.match(await page.locator('noscript').textContent(), 'JavaScript', path);
    for (const link of await page.locator('noscript a').all()) {
      const target = new URL((await link.getAttribute('href')) ?? '', page.url());
      t.equal((await fetch(target)).status, 200, `${target}`);
    }
    t.ok((await page.locator('noscript a').count()) >= 2, 'runbook and API');
  }
});
