import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs `--version`. Node.js keeps nothing while coverage is measured. */
function run(environment: NodeJS.ProcessEnv): string {
  const { NODE_V8_COVERAGE: _, NODE_COMPILE_CACHE: __, ...inherited } = process.env;
  return execFileSync(process.execPath, [MAIN, '--version'], {
    encoding: 'utf8',
    env: { ...inherited, ...environment },
  });
}

test('compiled modules are kept for the next start, in a directory of this user alone', async (t) => {
  const home = t.testdir({});
  const directory = join(home, 'quovadis-watch');
  const first = run({ XDG_CACHE_HOME: home });
  t.equal(statSync(directory).mode & 0o777, 0o700);
  const [version = ''] = readdirSync(directory);
  t.ok(readdirSync(join(directory, version)).length > 0, 'modules are kept');
  t.equal(run({ XDG_CACHE_HOME: home }), first, 'a start from the cache does the same');
});

test('a directory that others can write is not used: what is in it would be run', async (t) => {
  const home = t.testdir({});
  const directory = join(home, 'quovadis-watch');
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  run({ XDG_CACHE_HOME: home });
  t.same(readdirSync(directory), []);
});

test('where no directory can be made the program runs without a cache', async (t) => {
  const home = t.testdir({ file: 'not a directory' });
  t.match(run({ XDG_CACHE_HOME: join(home, 'file') }), /^\d/);
});
