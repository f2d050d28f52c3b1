/**
 * Writes the JSON Schema of advisory files beside them, for editors, and into `src/config` which content of the shipped
 * one was found valid; with `--check` it only says whether both are fresh.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { digestOf, shippedAdvisory } from '../src/config/advisory-file.ts';
import { advisoryProblems, advisorySchema } from '../src/config/advisory-form.ts';

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'An advisory of quovadis-watch',
  description:
    'What a trust failure is: which messages count how much, which releases are affected, and how to repair. References between families and signals, patterns and the certificate are checked by the command check.',
  ...advisorySchema,
};
const content = readFileSync(shippedAdvisory, 'utf8');
const problems = advisoryProblems(parse(content));
if (problems.length > 0) throw new Error(problems.join('; '));
const shipped = `/** SHA-256 of the shipped advisory as it was found valid; \`npm run schema\` writes it. */
export const foundValid = '${digestOf(content)}';
`;

keep('advisories/advisory.schema.json', `${JSON.stringify(schema, null, 2)}\n`, (text) =>
  // However it is laid out.
  JSON.stringify(JSON.parse(text)),
);
keep('src/config/shipped-advisory.gen.ts', shipped, (text) => text);

function keep(path: string, content: string, same: (text: string) => string): void {
  const target = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!process.argv.includes('--check')) writeFileSync(target, content);
  else if (same(readFileSync(target, 'utf8')) !== same(content)) {
    process.stderr.write(`${path} is stale: run "npm run schema" and commit the result\n`);
    process.exitCode = 1;
  }
}
