import type Database from 'better-sqlite3';

/** What was found while a database was opened, for the store, which mends it and says so. */
type Found = {
  /** The file is as this version of the program has left it when it was stopped properly. */
  isUntouched: boolean;
  /** Indexes, or tables that are kept in order, are not what they should be, though every page can be read. */
  isDisordered: boolean;
  /** A copy of a write-ahead log behind whose damage so many transactions stood; null: the log was sound. */
  damagedLog: { readonly copy: string; readonly commits: number } | null;
};

const found = new WeakMap<Database.Database, Found>();

/** What was found in this database so far; to be changed by who finds more. */
export function foundAtOpening(database: Database.Database): Found {
  const known = found.get(database) ?? { isUntouched: false, isDisordered: false, damagedLog: null };
  found.set(database, known);
  return known;
}
