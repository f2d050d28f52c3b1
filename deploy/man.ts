/** Writes the manual page of the command line to man/quovadis-watch.1. `--check`: only says whether it is fresh. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandTree } from '../src/commands/command-tree.ts';
import { manPage } from '../src/commands/man-page.ts';
import { program } from '../src/commands/program.ts';
import { version } from '../src/version.ts';

const file = fileURLToPath(new URL('../man/quovadis-watch.1', import.meta.url));
const page = manPage(commandTree(program()), version);
if (!process.argv.includes('--check')) {
  mkdirSync(fileURLToPath(new URL('../man', import.meta.url)), { recursive: true });
  writeFileSync(file, page);
} else if (readFileSync(file, 'utf8') !== page) {
  console.error('man/quovadis-watch.1 is not fresh: npm run man');
  process.exitCode = 1;
}
