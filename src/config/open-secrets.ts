/** Files of secrets that everybody on this machine may read. */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { securedFiles } from './certificates.ts';
import type { Config } from './schema.ts';

const OTHERS_READ = 0o004;
const OTHERS_PASS = 0o001;

/** The files that this configuration reads secrets from, and the private keys, that other users of the machine can open. */
export function openSecrets(config: Config): string[] {
  const keys = securedFiles(config).flatMap(([, { key }]) => (key === null ? [] : [key]));
  return [...new Set([...(config.secretFiles ?? []), ...keys])].filter(isOpenToAll);
}

/** A sentence for people; null where no file is open. */
export function openSecretsWarning(config: Config): string | null {
  const files = openSecrets(config);
  if (files.length === 0) return null;
  return `everybody on this machine may read the secrets in ${files.join(', ')}: let only the user of the service read them (chmod o-rwx)`;
}

/** Also each folder above lets others pass. What cannot be looked at is reported by whoever reads it. */
function isOpenToAll(file: string): boolean {
  // Windows has no such rights.
  if (process.platform === 'win32') return false;
  let path: string;
  try {
    path = realpathSync(file);
  } catch {
    return false;
  }
  if ((statSync(path).mode & OTHERS_READ) === 0) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & OTHERS_PASS) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
