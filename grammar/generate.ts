/**
 * Compiles the nearley sources to the committed `*.gen.ts`; with `--check` it only says whether they are fresh.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const outputs = {
  'envelope.ne': 'src/core/decode/envelope.gen.ts',
  'message.ne': 'src/core/parse/message.gen.ts',
};
const root = fileURLToPath(new URL('..', import.meta.url));
const nearleyc = createRequire(import.meta.url).resolve('nearley/bin/nearleyc.js');
const checking = process.argv.includes('--check');

for (const [source, path] of Object.entries(outputs)) {
  const output = execFileSync(process.execPath, [nearleyc, `${root}grammar/${source}`], { encoding: 'utf8' });
  // nearley types its postprocessors as functions of `any[]`; ours name what they take.
  const compiled = `// @ts-nocheck\n${output}`;
  const target = `${root}${path}`;
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (current === compiled) continue;
  if (checking) {
    process.stderr.write(`${path} is stale: run "npm run grammar" and commit the result\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, compiled);
    process.stderr.write(`${path} written\n`);
  }
}
