import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearest } from '../config/near.ts';
import type { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';

/** The file that somebody who named one that does not exist probably meant, as words behind the error; else no text. */
export function nearFile({ cause }: OperatingError): string {
  const { code, path } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOENT' || path === undefined) return '';
  const found = nearest(basename(path), namesIn(dirname(path)));
  return found === null ? '' : `; did you mean "${printable(join(dirname(path), found))}"?`;
}

/** No names of a directory that does not exist, or that may not be read: then there is nothing to suggest. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
