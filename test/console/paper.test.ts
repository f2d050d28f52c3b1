/** Pages as they are printed, in forced colours, and with little movement, in a real browser. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { incidentsOf, until } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const skip = withoutChromium;
/** A4 less margins of 12 mm, in CSS pixels. */
const PAPER = { format: 'A4', margin: { top: '12mm', bottom: '12mm', left: '12mm', right: '12mm' } } as const;
const PAPER_WIDTH = 703;
const ROWS = 60;

async function printed(t: Test) {
  const service = await failing(t);
  const names = Array.from({ length: ROWS }, (_, index) => `sw-cell-${index}`);
  await list(
    service.api,
    `hostname,plant,release,pid\n${names.map((name) => `${name},North,17.3.3,IE-3300-8T2S`).join('\n')}\n`,
  );
  for (const name of names) await service.fail(name);
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length > ROWS,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'dark' });
  const open = async (path: string) => {
    await page.goto(service.api + path);
    await page.locator('h1').waitFor({ state: 'attached' });
    await page.getByText('● live').waitFor({ state: 'attached' });
    await page.locator('.ghost').first().waitFor({ state: 'detached' });
  };
  return { ...service, page, wrong, open };
}

/** The text of each sheet. */
async function sheetsOf(t: Test, page: Page): Promise<string[]> {
  const file = join(temporaryDirectory(t), 'page.pdf');
  writeFileSync(file, await page.pdf(PAPER));
  return spawnSync('pdftotext', ['-raw', file, '-'], { encoding: 'utf8' }).stdout.split('\f').slice(0, -1);
}

t.test(
  'on paper a list repeats its head on each sheet, each row has its whole address, and nothing is there to press',
  { skip: skip || missing('pdftotext', 'poppler-utils') },
  async (t) => {
    const { api, page, open, wrong } = await printed(t);
    await open('/incidents');
    const sheets = await sheetsOf(t, page);
    t.ok(sheets.length > 1, `${sheets.length} sheets`);
    for (const sheet of sheets)
      for (const head of ['Severity', 'State', 'Device', 'Plant', 'Cause', 'Opened', 'Grace', 'By'])
        t.match(sheet.slice(0, 1000), head);
    const text = sheets.join('').replace(/\s/g, '');
    t.match(text, `${api}/incidentsasof20`);
    for (let index = 0; index < ROWS; index++) t.match(text, `${api}/incidents/qv-sw-cell-${index}-1`);
    for (const word of ['Campaign', 'Pause', 'Filters', 'CSV', 'Copy link']) t.notMatch(sheets.join(''), word);
    t.same(wrong, []);
  },
);

t.test('on paper a page is light, no command is broken, and nothing is wider than the sheet', { skip }, async (t) => {
  const { page, open } = await printed(t);
  await page.setViewportSize({ width: PAPER_WIDTH, height: 1000 });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  for (const path of [
    '/incidents/qv-sw-cell-1-1',
    '/plants/North',
    '/advisory',
    '/',
    '/incidents',
    '/devices/sw-cell-1',
  ]) {
    await open(path);
    t.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'light', path);
    t.ok(await page.evaluate(`document.documentElement.scrollWidth <= ${PAPER_WIDTH}`), `${path}: not wider`);
    for (const hidden of ['nav', '.settings', 'button:not(.sort)', 'form'])
      t.same(await page.locator(hidden).filter({ visible: true }).allTextContents(), [], `${path}: ${hidden}`);
  }
  await open('/incidents/qv-sw-cell-1-1');
  const lines = await page
    .locator('.commands code')
    .evaluateAll((all) => all.map((code) => code.getClientRects().length));
  t.ok(lines.length > 0);
  t.ok(
    lines.every((count) => count === 1),
    `lines of each command: ${lines}`,
  );
});

t.test(
  'in forced colours a page is accessible, and where one is and what has changed is not shown by colour alone',
  { skip },
  async (t) => {
    const { page, open, api } = await printed(t);
    await page.emulateMedia({ forcedColors: 'active' });
    for (const path of ['/', '/incidents', '/incidents/qv-sw-cell-1-1', '/about']) {
      await open(path);
      t.same(await axeFindings(page), [], path);
    }
    await open('/incidents?sort=device');
    const border = (selector: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).borderBottomWidth`);
    t.equal(await border('nav a[aria-current]'), '2px');
    const body = JSON.stringify({ by: 'kim' });
    await fetch(`${api}/api/v1/incidents/qv-sw-cell-1-1/acknowledge`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body },
    });
    // The mark is there for some seconds only: it is looked at in the moment that it is found.
    const changed = page.locator('tr.changed > td').first();
    t.equal(await changed.evaluate((cell: HTMLElement) => getComputedStyle(cell).borderBottomWidth), '2px');
  },
);

t.test('nothing moves for whoever asks for that', { skip }, async (t) => {
  const { page, open } = await printed(t);
  await open('/incidents');
  await page.evaluate("document.querySelector('tr[data-row]').classList.add('changed')");
  const moving = () =>
    page.evaluate(`[...document.querySelectorAll('*')]
      .map((element) => getComputedStyle(element))
      .filter(({ animationName, transitionDuration }) => animationName !== 'none' || transitionDuration !== '0s').length`);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  t.not(await moving(), 0, 'the mark of a changed row fades');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  t.equal(await moving(), 0);
});
