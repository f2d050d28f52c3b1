/** docs/captured-facts.md names all that is read, and nothing else. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { refusals, sectionKinds } from '../../../src/core/capture/fact.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/captured-facts.md');
const cells = (column: number) =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| `') || line.startsWith('| any'))
    .map((line) => line.split(' | ')[column] ?? '');
const codes = (text: string) => [...text.matchAll(/`([a-z][a-z-]*)`/g)].map((match) => match[1] ?? '');

t.test('docs/captured-facts.md has every section, every fact and every refusal', async (t) => {
  const source = read('src/core/capture/fact.ts');
  const kinds = [...source.matchAll(/readonly kind: '([a-z-]+)'/g)].map((match) => match[1] ?? '');
  t.ok(kinds.length > 20, 'the kinds are found');
  t.same(new Set(cells(2).flatMap(codes)), new Set(kinds));
  t.same(
    new Set(
      cells(1)
        .filter((cell) => cell.startsWith('`'))
        .flatMap(codes),
    ),
    new Set(sectionKinds),
  );
  const refused = page.split('## What is refused')[1]?.split('##')[0] ?? '';
  t.same(
    [...refused.matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1]),
    refusals,
  );
});
