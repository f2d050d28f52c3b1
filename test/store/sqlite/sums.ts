import type Database from 'better-sqlite3';
import { registerRowSum, SUMS } from '../../../src/store/sqlite/checksums.ts';

/** Gives the rows of a database the checksums of what is in them: a test has changed them as a program would have. */
export function writeSums(database: Database.Database): void {
  registerRowSum(database);
  for (const table of ['device', 'tail', 'incident', 'evidence'] as const)
    database.exec(`UPDATE ${table} SET sum = ${SUMS[table]}`);
}
