/** Captures of every command, mode and fault, each beside its golden. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readCapture } from '../../../src/core/capture/capture.ts';
import { refusals, sectionKinds } from '../../../src/core/capture/fact.ts';
import { advisory } from '../../given.ts';

const folder = fileURLToPath(new URL('../../../samples/captures/', import.meta.url));
const names = readdirSync(folder).flatMap((file) => /^(.*)\.txt$/.exec(file)?.[1] ?? []);
const read = (name: string) => readCapture(readFileSync(`${folder}${name}.txt`), advisory);

t.test('readCapture() reads every capture as in its golden', async (t) => {
  for (const name of names) {
    const path = `${folder}${name}.golden.json`;
    const found = JSON.parse(JSON.stringify(read(name)));
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(path, `${JSON.stringify(found, null, 1)}\n`);
    t.same(found, existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : `there is no ${path}`, name);
  }
});

t.test('readCapture() has a sample of every command and of every refusal', async (t) => {
  const readings = names.map(read);
  const kinds = new Set(
    readings.flatMap(({ captures }) => captures.flatMap(({ sections }) => sections.map((s) => s.kind))),
  );
  t.same([...kinds].sort(), [...sectionKinds].sort());
  const whys = new Set(readings.flatMap(({ refused }) => refused.map(({ why }) => why)));
  // A text that is empty, and one that is too large, are no samples: see capture.test.ts.
  t.same([...whys].sort(), refusals.filter((why) => why !== 'empty' && why !== 'too-large').sort());
});
