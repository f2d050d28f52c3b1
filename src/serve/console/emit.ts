/** Writes the console as JavaScript beside the emitted program, for the package and the image: `npm run build`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { webFiles } from './web-files.ts';

const TARGET = fileURLToPath(new URL('../../../dist/web', import.meta.url));

// The packages stay packages: the service finds them as it starts.
for (const [name, text] of await webFiles()) {
  if (name.startsWith('lib/')) continue;
  mkdirSync(dirname(join(TARGET, name)), { recursive: true });
  writeFileSync(join(TARGET, name), text);
}
