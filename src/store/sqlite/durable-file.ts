import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

/** An instant in the name of a file: `20261127T221500Z`. `ms`: milliseconds since 1970. */
export function stampOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** Writes what the system has of a file, or of the names in a directory, to the disk. */
export function synchronise(path: string): void {
  const open = openSync(path, 'r');
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}

/** Gives a complete file its name in one step, also over a power cut: who looks finds the former file or this one. */
export function putInPlace(complete: string, file: string): void {
  synchronise(complete);
  renameSync(complete, file);
  synchronise(dirname(file));
}
