import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeDirectories } from '../src/make-directories.ts';
import { temporaryDirectory } from './given.ts';

t.test('makeDirectories() makes what is missing, and says which was the first', async (t) => {
  const root = temporaryDirectory(t);
  t.equal(makeDirectories(join(root, 'a', 'b', 'c'), 0o700), join(root, 'a'));
  t.ok(statSync(join(root, 'a', 'b', 'c')).isDirectory());
  t.equal(statSync(join(root, 'a', 'b')).mode & 0o777, 0o700);
  t.equal(makeDirectories(join(root, 'a', 'b')), undefined);
  writeFileSync(join(root, 'file'), '');
  t.throws(() => makeDirectories(join(root, 'file')), { code: 'EEXIST' });
  t.throws(() => makeDirectories(join(root, 'file', 'below')), { code: 'ENOTDIR' });
});

t.test('makeDirectories() throws where the system makes none', { skip: !existsSync('/proc/self') }, async (t) => {
  t.throws(() => makeDirectories('/proc/none/below'), { code: 'ENOENT' });
});
