import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

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
