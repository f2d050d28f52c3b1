/**
 * Writes the JSON Schema of advisory files beside them, for editors; with `--check` it only says whether it is fresh.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { advisorySchema } from '../src/config/advisory-file.ts';

const target = fileURLToPath(new URL('advisory.schema.json', import.meta.url));
const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An advisory of quovadis-watch',
  description:
    'What a trust failure is: which messages count how much, which releases are affected, and how to repair. References between families and signals, patterns and the certificate are checked by the command check.',
  ...advisorySchema,
};
// However it is laid out.
const same = (text: string) => JSON.stringify(JSON.parse(text)) === JSON.stringify(schema);
if (process.argv.includes('--check')) {
  if (!same(readFileSync(target, 'utf8'))) {
    process.stderr.write('advisories/advisory.schema.json is stale: run "npm run schema" and commit the result\n');
    process.exitCode = 1;
  }
} else writeFileSync(target, `${JSON.stringify(schema, null, 2)}\n`);
