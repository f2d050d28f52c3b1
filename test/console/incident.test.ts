/** The page of an incident, for who is called at night. */
import t from 'tap';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';

const skip = withoutChromium;

t.test(
  'on a phone, to take an incident and to write a note stay at the bottom of the screen, and hide nothing',
  { skip },
  async (t) => {
    const { api } = await failing(t);
    const look = { width: 360, height: 700, theme: 'light', hasTouch: true } as const;
    const { page, wrong } = await openPage(await startBrowser(t), look);
    await page.goto(`${api}/incidents/qv-sw-a-1`);
    await page.locator('.timeline > li').first().waitFor();
    const inside = (name: string) =>
      page.getByRole('button', { name, exact: true }).evaluate((button: HTMLElement) => {
        const { top, bottom } = button.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
    for (const y of [0, 700, 100_000]) {
      await page.evaluate(`scrollTo(0, ${y})`);
      for (const name of ['Acknowledge', 'Note']) t.ok(await inside(name), `${name} at ${y}`);
    }
    t.notOk(await inside('Close'), 'all others are in their place');
    const [end, bar] = (await page.evaluate(
      `['.timeline', '.at-hand'].map((part) => document.querySelector(part).getBoundingClientRect())`,
    )) as [DOMRect, DOMRect];
    t.ok(end.bottom <= bar.top, 'the end of the page is above them');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('button', { name: 'Take back' }).waitFor();
    t.ok(await inside('Take back'));
    t.same(wrong, []);
  },
);
