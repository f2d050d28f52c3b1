/** What is wrong with a database of PostgreSQL, as `check` says it. */
import { OperatingError } from '../../errors.ts';
import { inspectDatabase, type Location } from '../../store/open-store.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** Nothing for a data directory. A problem says itself what to do. */
export async function databaseFindings(location: Location, clock: () => number): Promise<Finding[]> {
  if (typeof location === 'string') return [];
  const about = 'database';
  const problem = (text: string) =>
    wrong(about, text, 'do what it says, then ask again:', ['quovadis-watch check', 'quovadis-watch doctor']);
  try {
    const { lines, failure } = await inspectDatabase(location, clock);
    return failure !== null ? failure.problems.map(problem) : [ok(about, lines.map((line) => line.trim()).join('; '))];
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return error.problems.map(problem);
  }
}
