/** What `migrate` refuses, each in one line that says what to do. A move itself: test/store/postgres/moving.test.ts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../given.ts';
import { ran } from './in-one-process.ts';

t.test('migrate refuses what is no pair of databases, and writes nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const [missing, url] = [join(directory, 'missing'), 'postgres://quovadis@127.0.0.1:1/quovadis'];
  const refused: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [[], /name both databases: --from DIR --to postgres:/],
    [['--from', missing], /name both databases/],
    [['--from', missing, '--to', directory], /between a data directory and PostgreSQL: name one of each/],
    [['--from', url, '--to', url], /name one of each/],
    [['--from', missing, '--to', url], /there is no .*missing\/quovadis\.db/],
    [['--from', url, '--to', missing], /127\.0\.0\.1:1/],
  ];
  const all = ran(refused.map(([args]) => ['migrate', ...args]));
  for (const [index, [, said]] of refused.entries()) {
    const { status, stderr } = all[index] ?? { status: null, stderr: '' };
    t.equal(status === 0 || status === null, false);
    t.match(stderr, said);
    t.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  t.notOk(existsSync(missing));
});
