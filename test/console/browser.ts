/** Debian's Chromium against a running service. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';
import { missing } from '../missing.ts';

export const withoutChromium = missing('chromium', 'chromium');

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function startBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const executablePath = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] });
  t.teardown(() => browser.close());
  return browser;
}

export type Look = { readonly width: number; readonly theme: 'light' | 'dark' };

/** A page of its own storage, and what it was told off for: violations of its policy, errors of its scripts, other hosts. */
export async function openPage(browser: Browser, { width, theme }: Look): Promise<{ page: Page; wrong: string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: theme });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) wrong.push(`policy: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:)/.test(request.url())) wrong.push(`request: ${request.url()}`);
  });
  return { page, wrong };
}

/** What axe finds on a page: the rule and where. */
export async function axeFindings(page: Page): Promise<string[]> {
  // By the debugger, so that the policy of the page stays as it is.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe;
    const { violations } = await run.run();
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 2).map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

const looks = (['light', 'dark'] as const).flatMap((theme) => [360, 1440].map((width) => ({ theme, width })));

/** Each page is accessible, keeps its policy, is not wider than the screen, and makes no HTML of what devices say. */
export async function checkPages(t: Test, api: string, paths: readonly string[]): Promise<void> {
  const browser = await startBrowser(t);
  for (const look of looks) {
    const { page, wrong } = await openPage(browser, look);
    for (const path of paths) {
      const title = `${path} ${look.theme} ${look.width}`;
      await page.goto(`${api}${path}`);
      await page.locator('h1').waitFor({ state: 'attached' });
      await page.locator('.ghost, [aria-busy=true]').first().waitFor({ state: 'detached' });
      t.same(await axeFindings(page), [], title);
      t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${title}: no sideways scroll`);
      t.equal(await page.locator('img').count(), 0, `${title}: a text of a device is no HTML`);
    }
    t.same(wrong, []);
    await page.context().close();
  }
}
