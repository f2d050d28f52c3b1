/**
 * Compiles the nearley sources and `scan.wat` to the committed `*.gen.ts` files. With `--check`, only reports files
 * that are out of date.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const outputs = {
  'envelope.ne': 'src/core/decode/envelope.gen.ts',
  'message.ne': 'src/core/parse/message.gen.ts',
  'capture.ne': 'src/core/capture/capture.gen.ts',
};
const root = fileURLToPath(new URL('..', import.meta.url));
const nearleyc = createRequire(import.meta.url).resolve('nearley/bin/nearleyc.js');
const checking = process.argv.includes('--check');

for (const [source, path] of Object.entries(outputs)) {
  const output = execFileSync(process.execPath, [nearleyc, `${root}grammar/${source}`], { encoding: 'utf8' });
  // nearley declares its postprocessors as functions of `any[]`; the postprocessors here have exact parameter types.
  write(path, `// @ts-nocheck\n${output}`);
}
write('src/core/decode/scan.gen.ts', `export const scanModule =\n  '${await assembled('scan.wat')}';\n`);
write(
  'src/core/parse/grammar-version.gen.ts',
  `/** Hash of the sources in grammar/. Evidence stores the version of the grammars that read its line. */\nexport const grammarVersion = '${version()}';\n`,
);

/** Twelve hexadecimal digits of a hash of the sources that read lines; captures are not evidence by a grammar. */
function version(): string {
  const sources = readdirSync(`${root}grammar`).filter((file) => file.endsWith('.ne') && file !== 'capture.ne');
  const hash = createHash('sha256');
  for (const source of sources.sort()) hash.update(`${source}\n`).update(readFileSync(`${root}grammar/${source}`));
  return hash.digest('hex').slice(0, 12);
}

/** A module of WebAssembly, in base64. */
async function assembled(source: string): Promise<string> {
  const { parseWat } = await wabt();
  // wabt reads the whole underlying buffer of a view, so the file needs a buffer of its own.
  const module = parseWat(source, new Uint8Array(readFileSync(`${root}grammar/${source}`)));
  return Buffer.from(module.toBinary({}).buffer).toString('base64');
}

function write(path: string, compiled: string): void {
  const target = `${root}${path}`;
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (current === compiled) return;
  if (checking) {
    process.stderr.write(`${path} is stale: run "npm run grammar" and commit the result\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(target, compiled);
    process.stderr.write(`${path} written\n`);
  }
}
