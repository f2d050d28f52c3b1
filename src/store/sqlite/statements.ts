import type Database from 'better-sqlite3';

/** A statement that returns the first column of each row, instead of an object for the row. */
export function prepareColumn<P extends unknown[], T>(database: Database.Database, sql: string) {
  return database.prepare<P, T>(sql).pluck() as Database.Statement<P, T>;
}
