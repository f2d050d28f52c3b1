import { readFileSync } from 'node:fs';

/** The version in package.json, which is one folder above this file in the sources and in the package. */
export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
