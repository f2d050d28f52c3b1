/** A step back to a list, in a real browser. */
import t from 'tap';
import { until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const skip = withoutChromium;

t.test('back leads to the row that was left, and a page that is opened begins at its top', { skip }, async (t) => {
  const { api } = await failing(t);
  const rows = Array.from({ length: 90 }, (_, index) => `sw-${index + 100}\n`);
  await list(api, `hostname\n${rows.join('')}`);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light', height: 700 });
  const y = () => page.evaluate<number>('scrollY');
  /** The page comes to this position. */
  const isAt = (at: number) => until(y, (is) => is === at);
  await page.goto(`${api}/devices`);
  const link = page.getByRole('link', { name: 'sw-170', exact: true });
  await link.scrollIntoViewIfNeeded();
  const before = await y();
  t.ok(before > 500, `${before}`);
  await link.click();
  await page.getByRole('heading', { level: 1, name: 'sw-170' }).waitFor();
  t.equal(await y(), 0, 'another page is seen from its beginning');
  await page.goBack();
  await isAt(before);

  await page.goForward();
  await page.getByRole('heading', { level: 1, name: 'sw-170' }).waitFor();
  await isAt(0);
  await page.goBack();
  await isAt(before);
  await page.reload();
  await link.waitFor();
  await isAt(before);

  await link.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'sw-170' }).waitFor();
  await page.goBack();
  await isAt(before);
  t.same(wrong, []);
});
