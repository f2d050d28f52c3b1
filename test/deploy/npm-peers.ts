/** What tests ask that no package of Debian has: `npm ci --prefix .ci/peers` installs it, apart from what the project needs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MODULES = fileURLToPath(new URL('../../.ci/peers/node_modules', import.meta.url));
export const HELM = join(MODULES, 'helm/helm');

/** Why a test is skipped; false where each of these is there. */
export function missingPeer(...paths: readonly string[]): string | false {
  const absent = paths.find((path) => !existsSync(join(MODULES, path)));
  return absent === undefined ? false : `${absent} is not installed (.ci/run installs .ci/peers)`;
}

/** A module of a package there. */
export function importPeer<T>(path: string): Promise<T> {
  return import(pathToFileURL(join(MODULES, path)).href) as Promise<T>;
}

/** A JSON Schema of a package there, without ids as draft 4 has them, which later drafts do not know. Nothing refers to them. */
export function schemaOfPeer(path: string): object {
  const text = readFileSync(join(MODULES, path), 'utf8');
  return JSON.parse(text, (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value)) as object;
}
