/**
 * Validates the shipped advisory. Writes the JSON Schema of advisory files into `advisories`, for editors, and the digest
 * and the value of the validated advisory into `src/config`. With `--check` it writes nothing and fails if one of the two files is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { digestOf, shippedAdvisory } from '../src/config/advisory-file.ts';
import { advisorySchema } from '../src/config/advisory-form.ts';
import { advisoryProblems } from '../src/config/advisory-problems.ts';
import { said } from '../src/config/problem.ts';

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An advisory of quovadis-watch',
  description:
    'The definition of a trust failure: the messages and their weights, the affected releases, and the repair. The command check also checks what this schema cannot: references to families, patterns, the order of releases, and the certificate.',
  ...advisorySchema,
};
const content = readFileSync(shippedAdvisory, 'utf8');
const value: unknown = parse(content);
const problems = advisoryProblems(value);
if (problems.length > 0) throw new Error(problems.map(said).join('; '));
const shipped = `/** The shipped advisory when it was last validated; \`npm run schema\` writes this file. */
import type { AdvisoryFile } from './advisory-form.ts';

/** SHA-256 of the file. */
export const foundValid = '${digestOf(content)}';

/** The value of the file. */
export const shipped: AdvisoryFile = ${JSON.stringify(value, null, 1)};
`;

write('advisories/advisory.schema.json', `${JSON.stringify(schema, null, 2)}\n`);
write('src/config/shipped-advisory.gen.ts', shipped);

function write(path: string, content: string): void {
  const target = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!process.argv.includes('--check')) writeFileSync(target, content);
  else if (readFileSync(target, 'utf8') !== content) {
    process.stderr.write(`${path} is stale: run "npm run schema" and commit the result\n`);
    process.exitCode = 1;
  }
}
