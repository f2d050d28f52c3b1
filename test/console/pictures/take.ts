/**
 * Takes the pictures of the console for the documentation: `npm run screenshots`. Only those whose page has changed are taken
 * anew; `-- --all` takes all, as after a change of the style.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../../missing.ts';
import { launchBrowser } from '../browser.ts';
import { FOLDER, HASHES, keptHashes } from './kept.ts';
import { fileOf, pageOf, pictured, settledHash, show, type Theme } from './pages.ts';
import { campaign } from './scenario.ts';

/** How long a page may take to become what it was. */
const SETTLED_MS = 3000;

/** With a palette, which a third of the bytes is enough for. */
function small(picture: Buffer): Buffer {
  const { stdout, status, stderr, error } = spawnSync('pngquant', ['--strip', '256', '-'], { input: picture });
  if (status !== 0) throw error ?? new Error(`pngquant: ${stderr}`);
  return stdout;
}

for (const absent of [missing('chromium', 'chromium'), missing('pngquant', 'pngquant')])
  if (absent !== false) {
    console.error(`${absent}: install it to take pictures`);
    process.exit(2);
  }

const all = process.argv.includes('--all');
const ends: (() => unknown)[] = [];
// What runs for the pictures ends with them.
const lifetime = { teardown: (end: () => unknown) => void ends.push(end) };

mkdirSync(FOLDER, { recursive: true });
try {
  const { api } = await campaign(lifetime);
  const browser = await launchBrowser(lifetime);
  const [kept, hashes] = [keptHashes(), new Map<string, string>()];
  for (const theme of ['light', 'dark'] as const satisfies readonly Theme[]) {
    const page = await pageOf(browser, theme);
    for (const [name, each] of Object.entries(pictured)) {
      await show(page, api, each);
      if (theme === 'light') hashes.set(name, await settledHash(page, kept[name], SETTLED_MS));
      const path = join(FOLDER, fileOf(name, theme));
      if (!all && kept[name] === hashes.get(name) && existsSync(path)) continue;
      writeFileSync(path, small(await page.screenshot()));
      console.log(path);
    }
  }
  writeFileSync(HASHES, `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`);
  const wanted = new Set(Object.keys(pictured).flatMap((name) => [fileOf(name, 'light'), fileOf(name, 'dark')]));
  for (const file of readdirSync(FOLDER)) if (file.endsWith('.png') && !wanted.has(file)) rmSync(join(FOLDER, file));
} finally {
  for (const end of ends.reverse()) await end();
}
