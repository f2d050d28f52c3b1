/** The pages of which there are pictures, and what is done on each before. */
import { createHash } from 'node:crypto';
import type { Browser, Page, Request } from 'playwright-core';
import { captureSample, sample, trustpoolSample } from '../../../src/serve/openapi/route-examples.ts';
import { NOW, shown, switches } from './campaign.ts';

type Pictured = { readonly path: string; readonly prepare?: (page: Page) => Promise<void> };

const device = shown.name;
/** A file that changes something, and has a row that nobody can use. */
const changed = [
  'hostname,address,serial,plant,pid,release,room',
  ...switches
    .slice(26, 30)
    .map(({ name, address, serial, plant, pid }) => [name, address, serial, plant, pid, '17.6.1', 'E2']),
  'sw-fo-store-02,198.51.100.201,FOC0099A1B3,Foundry,IE-3300-8T2S,17.3.3,E2',
  ',,,Foundry,IE-3300-8T2S,17.3.3,E2',
].join('\n');

/** What the device shows: how it is licensed, and its trustpool. */
const terminal = `${captureSample}${trustpoolSample}${sample.device}#\n`.replaceAll(sample.device, device);

/** By the name of their files. */
export const pictured: Readonly<Record<string, Pictured>> = {
  campaign: { path: '/' },
  wall: { path: '/?wall=1' },
  incidents: { path: '/incidents' },
  incident: { path: `/incidents/qv-${device}-1` },
  devices: { path: '/devices' },
  device: { path: `/devices/${device}` },
  plants: { path: '/plants' },
  plant: { path: '/plants/Foundry' },
  messages: { path: '/messages?plant=Foundry' },
  unparsed: { path: '/messages/unparsed' },
  notices: { path: '/notices' },
  health: { path: '/health' },
  advisory: { path: '/advisory?release=17.3.3&product=IE-3300-8T2S' },
  import: {
    path: '/import',
    prepare: async (page) => {
      await page.getByLabel('or paste').fill(changed);
      await page.getByRole('button', { name: 'What would change?' }).click();
      await page.getByRole('heading', { name: 'What the import would do' }).waitFor();
    },
  },
  trustpool: {
    path: `/trustpool?device=${device}`,
    prepare: async (page) => {
      await page.getByLabel('or paste the output').fill(terminal);
      await page.getByRole('button', { name: 'What is in it?' }).click();
      await page.getByRole('heading', { name: 'If it is kept' }).waitFor();
    },
  },
  why: { path: `/why?device=${switches.find(({ release }) => release === '17.6.1')?.name}` },
  accuracy: { path: '/accuracy' },
  about: { path: '/about' },
  login: { path: '/login' },
};

export type Theme = 'light' | 'dark';
export const fileOf = (name: string, theme: Theme): string => `${name}-${theme}.png`;

/** A page of a browser whose clock is that of the service, in a place where UTC is the local time. */
export async function pageOf(browser: Browser, theme: Theme): Promise<Page> {
  const context = await browser.newContext({
    ...{ viewport: { width: 1280, height: 800 }, colorScheme: theme, locale: 'en-US', timezoneId: 'UTC' },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.clock.setFixedTime(NOW);
  // A directory of this run, and ports that the kernel chose, would be in the picture.
  await page.route(/\/api\/v1\/(about|health\/pipeline|sinks)$/, async (route) => {
    const answer = await route.fetch();
    const text = (await answer.text())
      .replaceAll(/"[^"]*quovadis-test-[^"/]*/g, '"/var/lib/quovadis-watch')
      .replaceAll(/(?<=:\/\/)127\.0\.0\.1:\d+/g, 'sinks.example.net')
      .replaceAll(/(?<="http\.listen":"127\.0\.0\.1:)0/g, '9514')
      .replaceAll(/(?<="http":\{"host":"127\.0\.0\.1","port":)\d+/g, '9514')
      .replaceAll(/(?<="127\.0\.0\.1:)0/g, '5514')
      .replaceAll(/(?<="port":)(?!9514)\d+/g, '5514');
    await route.fulfill({ response: answer, body: text });
  });
  return page;
}

const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))';

/** Opens a page as its picture shows it. */
export async function show(page: Page, api: string, { path, prepare }: Pictured): Promise<void> {
  const asked = new Set<Request>();
  const ask = (request: Request) => {
    if (/\/api\/v1\/(?!stream)/.test(request.url())) asked.add(request);
  };
  const answered = (request: Request) => void asked.delete(request);
  page.on('request', ask).on('requestfinished', answered).on('requestfailed', answered);
  await page.goto(api + path);
  await page.locator('h1').waitFor({ state: 'attached' });
  if (path !== '/login') await page.getByText('● live').waitFor();
  await prepare?.(page);
  // What an answer asks for in its turn is asked for within two frames.
  for (let quiet = 0; quiet < 3; quiet = asked.size === 0 ? quiet + 1 : 0) await page.evaluate(TWO_FRAMES);
  await page.locator('.ghost, [aria-busy=true]').first().waitFor({ state: 'detached' });
  page.off('request', ask).off('requestfinished', answered).off('requestfailed', answered);
}

/**
 * What a page says and how it is built, without its numbers, and without the units of a time that has passed: those differ
 * where a page measures something, or where a machine needed longer.
 */
export async function contentOf(page: Page): Promise<string> {
  const outline = await page.evaluate(() => {
    type Part = { nodeType: number; textContent: string; childNodes: Part[]; tagName: string; className: unknown };
    const lineOf = (part: Part, depth: number): string[] => {
      if (part.nodeType === 3)
        return part.textContent.trim() === '' ? [] : [`${' '.repeat(depth)}${part.textContent.trim()}`];
      if (part.nodeType !== 1) return [];
      const kind = typeof part.className === 'string' ? part.className : '';
      const own = `${' '.repeat(depth)}<${part.tagName.toLowerCase()} ${kind}>`;
      return [own, ...[...part.childNodes].flatMap((child) => lineOf(child, depth + 1))];
    };
    const { document } = globalThis as unknown as { document: { querySelector(of: string): Part } };
    return lineOf(document.querySelector('#app'), 0).join('\n');
  });
  return outline.replaceAll(/\d+(?:[.,:]\d+)*/g, '0').replaceAll(/\b0[smhd]\b/g, '0');
}

/** The hash of a page once it is `wanted`; what it is after `waitMs` where it does not become so: a slow machine draws later. */
export async function settledHash(page: Page, wanted: string | undefined, waitMs = 15_000): Promise<string> {
  const end = Date.now() + waitMs;
  let hash = hashOf(await contentOf(page));
  while (hash !== wanted && Date.now() < end) {
    await page.evaluate(TWO_FRAMES);
    hash = hashOf(await contentOf(page));
  }
  return hash;
}

export const hashOf = (content: string): string =>
  createHash('sha256').update(content).digest('base64url').slice(0, 16);
