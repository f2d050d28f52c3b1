/** The units of the nightly backup, as systemd reads them, and the command that they start. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openDatabase } from '../../src/store/sqlite/open.ts';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const units = new URL('../../deploy/systemd/', import.meta.url);
const SERVICE = 'quovadis-watch-backup.service';
const TIMER = 'quovadis-watch-backup.timer';
const read = (name: string) => readFileSync(new URL(name, units), 'utf8');

t.test('systemd finds nothing wrong with the units', { skip: missing('systemd-analyze', 'systemd') }, async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, SERVICE), read(SERVICE).replace('/usr/bin/quovadis-watch', process.execPath));
  writeFileSync(join(directory, TIMER), read(TIMER));
  const files = [SERVICE, TIMER].map((name) => join(directory, name));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.notMatch(stderr, directory);
});

t.test('the command of the unit makes a backup', async (t) => {
  const root = temporaryDirectory(t);
  const [, command = ''] = /^ExecStart=\/usr\/bin\/quovadis-watch (.*)$/m.exec(read(SERVICE)) ?? [];
  const args = command.split(' ').map((word) => (word.startsWith('/') ? join(root, word) : word));
  openDatabase(join(root, '/var/lib/quovadis-watch')).close();
  mkdirSync(join(root, '/var/backups/quovadis-watch'), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.match(readdirSync(join(root, '/var/backups/quovadis-watch')), [/^quovadis-\d{8}T\d{6}Z\.db$/]);
  const written = [...read(SERVICE).matchAll(/^ReadWritePaths=(.*)$/gm)].flatMap(([, paths]) => paths?.split(' '));
  for (const path of command.split(' ').filter((word) => word.startsWith('/'))) t.ok(written.includes(path), path);
});
