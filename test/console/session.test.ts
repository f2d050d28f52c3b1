/** Who uses the console: what tabs know of it, in a real browser. */
import t from 'tap';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const skip = withoutChromium;

t.test('a first question about the session that fails is asked again until it is answered', { skip }, async (t) => {
  const { api } = await failing(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  let [asked, refused] = [0, true];
  await page.context().route('**/api/v1/session', (route) => {
    asked++;
    return refused ? route.fulfill({ status: 503, body: 'starting' }) : route.continue();
  });
  await page.goto(`${api}/incidents/qv-sw-a-1`);
  await page.getByText('The service has not said yet what you may do here.').first().waitFor();
  t.ok(await page.getByRole('button', { name: 'Acknowledge' }).isDisabled());
  await page.getByText(/connecting/i).waitFor();
  t.equal(await page.getByText('may only read').count(), 0, 'it is not said what is not known');
  refused = false;
  await page.getByText('● live').waitFor();
  await page.getByRole('link', { name: 'Incidents', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('Taken by operator').waitFor();
  t.ok(asked >= 2);
  t.same(wrong, []);
});
