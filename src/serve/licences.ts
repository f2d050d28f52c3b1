/** The packages that this program is made of, with their licences, as they are installed. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `licence`: an SPDX expression as the package states it. `text`: its licence file. Null: the package has none. */
export type Licence = {
  readonly name: string;
  readonly version: string;
  readonly licence: string | null;
  readonly text: string | null;
};

/** The folder of package.json: two above this file in the sources and in the package. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** What a package states of itself: texts of others, of any form. */
type Stated = {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly license?: unknown;
  readonly licenses?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const LICENCE_FILE = /^(?:licen[cs]e|copying|unlicen[cs]e)(?:[.-].*)?$/i;
/** A longer text is cut. The longest known one (GPL-3.0) has 35 kB. */
const MOST_CHARACTERS = 65_536;

/**
 * This program first, then its packages and theirs by name; what only its development needs is left out. Packages are found
 * where Node.js finds them. `folder`: that of the program's package.json.
 */
export async function readLicences(folder = OWN): Promise<readonly Licence[]> {
  const found = new Map<string, Licence>();
  const folders = [folder];
  for (const each of folders) {
    if (found.has(each)) continue;
    const stated: Stated = JSON.parse(await readFile(join(each, 'package.json'), 'utf8'));
    found.set(each, await licenceOf(stated, each));
    for (const name of Object.keys({ ...stated.dependencies, ...stated.optionalDependencies })) {
      const at = await folderOf(name, each);
      if (at !== null) folders.push(at);
    }
  }
  // The same version may be installed in several folders.
  const each = new Map(Array.from(found.values(), (licence) => [`${licence.name} ${licence.version}`, licence]));
  const [own, ...others] = each.values();
  return [...(own === undefined ? [] : [own]), ...others.sort(byName)];
}

/** The folder of a package as `from` would find it; null if it is not installed, as an optional one may be. */
async function folderOf(name: string, from: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    const at = join(folder, 'node_modules', name);
    if (basename(folder) !== 'node_modules' && (await textOf(join(at, 'package.json'))) !== null) return at;
    if (folder === dirname(folder)) return null;
  }
}

async function licenceOf(stated: Stated, folder: string): Promise<Licence> {
  const file = (await readdir(folder)).sort().find((name) => LICENCE_FILE.test(name));
  const text = file === undefined ? null : await textOf(join(folder, file));
  return {
    name: `${stated.name ?? basename(folder)}`,
    version: `${stated.version ?? ''}`,
    licence: expressionOf(stated.license ?? stated.licenses),
    text: text === null ? null : text.slice(0, MOST_CHARACTERS),
  };
}

/** Null if there is no file that can be read. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Old packages state `{ type }`, or a list of these. */
function expressionOf(stated: unknown): string | null {
  if (typeof stated === 'string') return stated;
  if (Array.isArray(stated)) return stated.map(expressionOf).filter(Boolean).join(' OR ') || null;
  return typeof stated === 'object' && stated !== null ? expressionOf((stated as { type?: unknown }).type) : null;
}

function byName(one: Licence, other: Licence): number {
  return one.name === other.name ? (one.version < other.version ? -1 : 1) : one.name < other.name ? -1 : 1;
}
