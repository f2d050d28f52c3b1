/** What answers in the place of the service is no answer of it, in a real browser. */
import t from 'tap';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const INCIDENT = '/incidents/qv-sw-a-1';
/** What a proxy may say, each with status 200. */
const ANSWERS = [
  { contentType: 'text/html', body: '<!doctype html><title>Maintenance</title><h1>We are back soon</h1>' },
  { contentType: 'application/json', body: '' },
  { contentType: 'application/json', body: '0' },
];

t.test(
  'a page of a proxy with status 200 is told as no answer; what is typed stays',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    const notes = /\/notes$/;
    const url = /\/api\/v1\/(?!session|stream)/;
    const says = page.getByRole('alert').filter({ hasText: 'the service does not answer' });
    for (const answer of ANSWERS) {
      await page.route(url, (route) => route.fulfill({ status: 200, ...answer }));
      for (const path of ['/', '/incidents', INCIDENT, '/devices', '/health']) {
        await page.goto(`${api}${path}`);
        await says.first().waitFor();
      }
      await page.unroute(url);
      await page.goto(`${api}${INCIDENT}`);
      await page.getByText('● live').waitFor();
      await page.getByRole('button', { name: 'Note', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox').fill('asked the plant');
      await page.route(notes, (route) => route.fulfill({ status: 200, ...answer }));
      await dialog.getByRole('button', { name: 'Note', exact: true }).click();
      await says.waitFor();
      t.equal(await dialog.getByRole('textbox').inputValue(), 'asked the plant');
      await page.unroute(notes);
    }
    t.same(wrong, []);
  },
);
