import type Database from 'better-sqlite3';

/** Makes `lowered(text)` known to a connection: a text in lower case as JavaScript has it, where SQLite's `lower` knows only ASCII. */
export function registerLowered(database: Database.Database): void {
  database.function('lowered', { deterministic: true, directOnly: true }, (text: unknown) =>
    String(text).toLowerCase(),
  );
}
