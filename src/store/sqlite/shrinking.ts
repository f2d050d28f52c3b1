import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';

/** `PRAGMA auto_vacuum`: pages that are free are given back when that is asked for. */
const INCREMENTAL = 2;
/** Free pages that one step gives back: 1 MiB. */
const STEP_PAGES = 256;
/** Free pages that the file keeps for the next rows: 4 MiB. */
const SPARE_PAGES = 1024;

/** To be called before a new file has its first table. */
export function beginShrinkable(database: Database.Database): void {
  database.pragma('auto_vacuum = INCREMENTAL');
}

/**
 * Makes a file of a former version one that can shrink: SQLite writes it anew, all of it or nothing. Returns what to tell
 * people; null where nothing was to do. The service must be the only one that has the file open.
 */
export function makeShrinkable(database: Database.Database): string | null {
  if (database.pragma('auto_vacuum', { simple: true }) === INCREMENTAL) return null;
  // SQLite may give rows other numbers, by which damaged rows are known.
  if ((database.prepare('SELECT count(*) FROM damaged').pluck().get() as number) > 0) return null;
  const size = (pragma: string) => database.pragma(pragma, { simple: true }) as number;
  const bytes = size('page_count') * size('page_size');
  const { bavail, bsize } = statfsSync(dirname(database.name));
  if (bavail * bsize < 3 * bytes) {
    return `the database cannot be made to shrink: that needs ${Math.ceil((3 * bytes) / 1e6)} MB free; it is tried at the next start`;
  }
  try {
    database.pragma('auto_vacuum = INCREMENTAL');
    database.exec('VACUUM');
  } catch (error) {
    return `the database cannot be made to shrink (${(error as Error).message}): it is tried at the next start`;
  }
  return 'the database was written anew, so that it shrinks when rows are deleted';
}

/** Gives free pages back, some at a time. Returns whether there are more. */
export function shrink(database: Database.Database): boolean {
  const free = (database.pragma('freelist_count', { simple: true }) as number) - SPARE_PAGES;
  if (free <= 0 || database.pragma('auto_vacuum', { simple: true }) !== INCREMENTAL) return false;
  database.pragma(`incremental_vacuum(${Math.min(free, STEP_PAGES)})`);
  return free > STEP_PAGES;
}
