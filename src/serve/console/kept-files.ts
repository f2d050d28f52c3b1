/** Keeps what was made of the console's sources, so that a start from source makes it anew only after a change. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Files = ReadonlyMap<string, string>;
type Kept = { readonly of: string; readonly files: readonly (readonly [path: string, text: string])[] };

/**
 * The files that were kept in the folder under this key, or else those that `make` makes, which are then kept. `of`: says all that
 * the files depend on. Only what was made last is kept. Without a folder nothing is kept.
 */
export async function keptFiles(folder: string | undefined, of: string, make: () => Promise<Files>): Promise<Files> {
  if (folder === undefined) return make();
  const path = join(folder, 'console.json');
  const kept = read(path);
  if (kept?.of === of) return new Map(kept.files);
  const files = await make();
  write(path, { of, files: [...files] });
  return files;
}

/** Null where there is none, or where it cannot be read: it is only a copy. */
function read(path: string): Kept | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Kept;
  } catch {
    return null;
  }
}

/** Others see the file whole or not at all. Where it cannot be written, the next start makes the files anew. */
function write(path: string, kept: Kept): void {
  const part = `${path}.${randomUUID()}`;
  try {
    writeFileSync(part, JSON.stringify(kept));
    renameSync(part, path);
  } catch {
    if (existsSync(part)) rmSync(part);
  }
}
