/** Texts of a request that a database would not give back as they were. */
import { RouteError } from './problems.ts';

const PARTS = { params: 'the path', query: 'the query', body: 'the body' };

/** PostgreSQL stores no NUL (U+0000), and each database makes another character of half a one (an escape as `\ud800`). */
export function refuseUnstorable(request: Readonly<Record<keyof typeof PARTS, unknown>>): void {
  for (const [part, name] of Object.entries(PARTS)) {
    const found = unstorableIn(request[part as keyof typeof PARTS]);
    if (found !== null) throw new RouteError(400, `${name} has ${found}: send it without`);
  }
}

/** `value`: as JSON has them, nested in no more levels than `limits.jsonDepth`. Null if each text in it can be stored. */
function unstorableIn(value: unknown): string | null {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'the character NUL (U+0000)';
    return value.isWellFormed() ? null : 'half of a character (U+D800 to U+DFFF, alone)';
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    const found = unstorableIn(key) ?? unstorableIn(each);
    if (found !== null) return found;
  }
  return null;
}
