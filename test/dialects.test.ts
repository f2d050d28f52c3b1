import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { dialectsPage, readDialects, readFramings } from '../samples/dialects.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Reads a golden; `UPDATE_GOLDENS=1` rewrites the golden first. */
function golden(file: string, found: unknown): unknown {
  const path = here(`../samples/${file}`);
  const value = JSON.parse(JSON.stringify(found));
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : `there is no ${file}`;
}

/** Dialects without a tracked message. */
const OUTCOMES: Readonly<Record<string, string>> = { 'small-business': 'other', 'without-a-code': 'no-core' };

t.test('readDialects() reads every header as in its golden', async (t) => {
  for (const { name, why, lines } of readDialects()) {
    t.not(why, '', `${name} has an explanation`);
    t.same(golden(`dialects/${name}.json`, lines), lines, name);
    for (const { line, outcome } of lines) {
      t.equal(outcome, OUTCOMES[name] ?? 'parsed', line);
    }
  }
});

t.test('readFramings() cuts every stream as in its golden', async (t) => {
  for (const { name, records } of readFramings()) t.same(golden(`framing/${name}.json`, records), records, name);
});

t.test('dialectsPage() returns docs/dialects.md', async (t) => {
  t.equal(readFileSync(here('../docs/dialects.md'), 'utf8'), dialectsPage(), 'run "npm run dialects"');
});
