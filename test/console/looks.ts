/** What is wrong with the look of a page, in each theme, width and for mouse and finger. */
import type { Page } from 'playwright-core';
import { axeFindings, type Look } from './browser.ts';

/** A phone and a desk; each has both themes, which change no more than colours. */
export const widths: readonly Pick<Look, 'width' | 'hasTouch'>[] = [
  { width: 360, hasTouch: true },
  { width: 1440, hasTouch: false },
];
const themes = [
  ['light', 'all'],
  ['dark', 'colours'],
] as const;

/** The side of what is pressed, in CSS pixels: with a mouse (WCAG 2.5.8), with a finger. */
const SIDE = { mouse: 24, finger: 44 } as const;

/** Waits until a page shows what it has asked for. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.locator('.ghost, [aria-busy=true]').first().waitFor({ state: 'detached' });
}

/** All that is wrong with what a page shows now; `theme` and what. */
export async function wrongLooks(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [theme, what] of themes) {
    await page.emulateMedia({ colorScheme: theme });
    found.push(...(await axeFindings(page, what)).map((finding) => `${theme}: ${finding}`));
  }
  found.push(
    ...(await tooWide(page)),
    ...(await smallTargets(page)),
    ...(await turnedTexts(page)),
    ...(await turnedLabels(page)),
  );
  const images = await page.locator('img').count();
  if (images > 0) found.push(`${images} images: a text of a device has become HTML`);
  return found;
}

export async function tooWide(page: Page): Promise<string[]> {
  const width = page.viewportSize()?.width ?? 0;
  // The width of the window would grow with what it holds on a phone.
  const widest = await page.evaluate<number>('document.documentElement.scrollWidth');
  return widest > width ? [`it is ${widest} px wide: ${(await beyond(page, width)).join(' | ')}`] : [];
}

/** Texts that a mark in the text of a device before them turns round: that one does not end with its element. */
export function turnedTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`{
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
      if (!text.data.includes('\u202e') || !text.parentElement.checkVisibility()) continue;
      const isAlone = getComputedStyle(text.parentElement).unicodeBidi.startsWith('isolate');
      if (!isAlone || !/\u202e(=cmdx*[ 0-9]*|was said)$/.test(text.data)) found.push('turns what follows: ' + text.data.slice(0, 160));
    }
    found.slice(0, 3);
  }`);
}

/** A mark in a title or a label has to end with the name that has it. */
function turnedLabels(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[
    document.title,
    ...[...document.querySelectorAll('[aria-label], [title]')].flatMap(({ ariaLabel, title }) => [ariaLabel ?? '', title ?? '']),
  ]
    .filter((text) => text.replaceAll(/\u2068[^\u2069]*\u2069/g, '').includes('\u202e'))
    .slice(0, 3)
    .map((text) => 'turns what follows: ' + text.slice(0, 160))`);
}

/** Which elements reach over the edge, the innermost ones. */
function beyond(page: Page, width: number): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > ${width} && element.childElementCount === 0)
    .slice(0, 3)
    .map((element) => element.outerHTML.slice(0, 120))`);
}

/** Buttons and fields that are smaller than a finger or a mouse needs. Links in a text, and boxes in their label, are not meant. */
async function smallTargets(page: Page): Promise<string[]> {
  const isCoarse = await page.evaluate("matchMedia('(pointer: coarse)').matches");
  const side = isCoarse ? SIDE.finger : SIDE.mouse;
  return page.evaluate<string[]>(`[...document.querySelectorAll(
      'button, .button, select, textarea, summary, nav a, label:has(> input[type=checkbox]), ' +
      'input:not([type=checkbox], [type=file], label > [type=checkbox])')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box: { width, height } }) => width > 0 && (Math.round(height) < ${side} || Math.round(width) < ${SIDE.mouse}))
    .slice(0, 9)
    .map(({ element, box: { width, height } }) =>
      'small, ' + Math.round(width) + ' × ' + Math.round(height) + ': ' + element.outerHTML.slice(0, 120))`);
}
