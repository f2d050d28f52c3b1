/** What users run: the built program. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The built `main.js`. */
export const program = `${root}dist/main.js`;

/** Builds it of the sources as they are now. */
export function build(): void {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}
