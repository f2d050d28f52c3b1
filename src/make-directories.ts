import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it. Returns the first one that it has made; undefined if all were there. With its option
 * `recursive`, `mkdirSync` of Node.js 24 never returns where the system makes nothing below a directory, as in /proc.
 */
export function makeDirectories(directory: string, mode = 0o777): string | undefined {
  const missing: string[] = [];
  for (let at = resolve(directory); !existsSync(at); at = dirname(at)) missing.unshift(at);
  const made = missing.filter((each) => isMade(each, mode));
  if (!statSync(directory).isDirectory())
    throw Object.assign(new Error(`${directory} is no directory`), { code: 'EEXIST' });
  return made[0];
}

/** False where another process was quicker. */
function isMade(directory: string, mode: number): boolean {
  try {
    mkdirSync(directory, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
