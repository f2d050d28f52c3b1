import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { makeDirectories } from './make-directories.ts';

/**
 * Has Node.js keep what it compiles of this program's modules, so that the next start compiles less. To be called before
 * those modules are imported. The directory is `$XDG_CACHE_HOME/quovadis-watch`, or `~/.cache/quovadis-watch`;
 * `NODE_COMPILE_CACHE` names another one, and `NODE_DISABLE_COMPILE_CACHE=1` switches the cache off. Without a directory
 * that this user can write, and nobody else, there is no cache: what is in it is run.
 */
export function keepCompiledModules(environment: NodeJS.ProcessEnv): void {
  const directory = environment['NODE_COMPILE_CACHE'] ?? ownDirectory(environment['XDG_CACHE_HOME'] ?? '');
  if (directory === null) return;
  enableCompileCache(directory);
  // The threads of the process inherit the cache by this variable.
  environment['NODE_COMPILE_CACHE'] = directory;
}

function ownDirectory(configured: string): string | null {
  const directory = join(isAbsolute(configured) ? configured : join(homedir(), '.cache'), 'quovadis-watch');
  try {
    makeDirectories(directory, 0o700);
    const { uid, mode } = statSync(directory);
    const writableByOthers = 0o022;
    return uid === process.getuid?.() && (mode & writableByOthers) === 0 ? directory : null;
  } catch {
    // A user without a home, or a file system that is read-only: each start compiles.
    return null;
  }
}
