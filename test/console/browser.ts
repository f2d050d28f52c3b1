/** Debian's Chromium against a running service. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';
import { missing } from '../missing.ts';

/** The first one that is there. The one without windows is the same engine, and needs half of the processor time. */
const PROGRAMS = ['chromium-headless-shell', 'chromium'] as const;
const installed = PROGRAMS.find((program) => missing(program, program) === false);

export const withoutChromium = installed === undefined ? missing('chromium', 'chromium') : false;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Lifetime = Pick<Test, 'teardown'>;

/** The browser of this file's tests. */
let shared: Promise<Browser> | null = null;

/** The tests of a file have one browser. What a test has opened in it is closed with that test; nothing of it is left for the next. */
export async function startBrowser(t: Test): Promise<Browser> {
  let root = t;
  while (root.parent !== undefined) root = root.parent as Test;
  shared ??= launchBrowser(root);
  const browser = await shared;
  t.teardown(() => Promise.all(browser.contexts().map((context) => context.close())));
  return browser;
}

/** A browser of its own. `names`: names of hosts that are this machine for the browser. */
export async function launchBrowser(t: Lifetime, names: readonly string[] = []): Promise<Browser> {
  const executablePath = spawnSync('sh', ['-c', `command -v ${installed}`], { encoding: 'utf8' }).stdout.trim();
  const rules = names.map((name) => `--host-resolver-rules=MAP ${name} 127.0.0.1`);
  const args = ['--no-sandbox', '--disable-background-networking', ...rules];
  const browser = await chromium.launch({ executablePath, args });
  t.teardown(() => browser.close());
  return browser;
}

export type Look = {
  readonly width: number;
  readonly theme: 'light' | 'dark';
  readonly height?: number;
  /** A finger, which points less well than a mouse. */
  readonly hasTouch?: boolean;
};

/** A page of its own storage, and what it was told off for: violations of its policy, errors of its scripts, other hosts. */
export async function openPage(browser: Browser, look: Look): Promise<{ page: Page; wrong: string[] }> {
  const { width, theme, height = 800, hasTouch = false } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, hasTouch });
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
    if (!/^(http:\/\/(127\.0\.0\.1|[\w-]+\.example):|data:)/.test(request.url()))
      wrong.push(`request: ${request.url()}`);
  });
  return { page, wrong };
}

type Found = { readonly violations: readonly { id: string; nodes: readonly { html: string }[] }[] };
type Axe = { run(options: object): Promise<Found> };

/**
 * WCAG 2.2 AA has the size of targets, which axe does not look at unless it is told. No rule that is on reads style sheets, which axe
 * would fetch once more for each page.
 */
const ALL = {
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
  preload: { assets: ['media'] },
};
const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast'] }, resultTypes: ['violations'] };

/** What axe finds on a page: the rule and where. `what`: a theme changes no more than colours. */
export async function axeFindings(page: Page, what: 'all' | 'colours' = 'all'): Promise<string[]> {
  // By the debugger, so that the policy of the page stays as it is.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe);
  return page.evaluate(
    async (options) => {
      const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(options);
      return violations.flatMap(({ id, nodes }) => nodes.slice(0, 2).map(({ html }) => `${id}: ${html.slice(0, 160)}`));
    },
    what === 'all' ? ALL : COLOURS,
  );
}

/** Each tab holds a stream of its own. */
export const withoutWorkers = (context: BrowserContext) => context.addInitScript('delete globalThis.SharedWorker');

/**
 * Opens About in the page and a wall beside it, whose streams say only `hello`, again and again. Each has
 * `window.wasNotReloaded` until it loads itself anew. `hello`: what is said of the service now. Returns the wall.
 */
export async function openedBesideWall(page: Page, api: string, hello: () => object): Promise<Page> {
  const context = page.context();
  await withoutWorkers(context);
  await context.route('**/api/v1/stream', (route) => {
    const said = JSON.stringify({ ...hello(), time: new Date().toISOString() });
    return route.fulfill({ contentType: 'text/event-stream', body: `retry: 50\nevent: hello\ndata: ${said}\n\n` });
  });
  const wall = await context.newPage();
  await page.goto(`${api}/about`);
  await wall.goto(`${api}/?wall=1`);
  for (const tab of [page, wall]) {
    await tab.getByText(/live \d/).waitFor();
    await tab.evaluate('window.wasNotReloaded = true');
  }
  return wall;
}

/** The line at the top of a page that says this. A screen reader is told the same, elsewhere. */
export const banner = (page: Page, text: string | RegExp) => page.locator('.banner').filter({ hasText: text });
