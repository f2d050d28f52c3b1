/** Where the pictures are, and what their pages were when they were taken. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FOLDER = fileURLToPath(new URL('../../../docs/console', import.meta.url));
export const HASHES = join(FOLDER, 'pages.json');

/** By the name of a page. */
export const keptHashes = (): Readonly<Record<string, string>> =>
  existsSync(HASHES) ? JSON.parse(readFileSync(HASHES, 'utf8')) : {};
