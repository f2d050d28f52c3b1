/** The units of the service and its sockets, as systemd and the service read them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { takeSockets } from '../../src/systemd/passed-sockets.ts';
import { MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const folder = new URL('../../deploy/systemd/', import.meta.url);
const SERVICE = 'quovadis-watch.service';
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const sockets = readdirSync(folder).filter((name) => name.endsWith('.socket'));
const settingIn = (unit: string, key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

t.test('systemd finds nothing wrong with the units', { skip: missing('systemd-analyze', 'systemd') }, async (t) => {
  const directory = temporaryDirectory(t);
  const names = [SERVICE, ...sockets];
  for (const name of names) {
    writeFileSync(
      join(directory, name),
      read(name).replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`),
    );
  }
  const files = names.map((name) => join(directory, name));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.notMatch(stderr, directory);
});

t.test('the command of the unit is one that the service understands, and lacks no option of Node.js', async (t) => {
  const [, ...words] = settingIn(read(SERVICE), 'ExecStart').split(' ');
  const root = '/usr/lib/quovadis-watch';
  const args = words.map((word) =>
    word.replace(`${root}/dist/main.js`, MAIN).replace(`${root}/`, new URL('../..', import.meta.url).pathname),
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, '--help'], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.match(stdout, 'Usage: quovadis-watch serve');
  const node = args.slice(0, args.indexOf(MAIN));
  const code = `import(${JSON.stringify(new URL('../../src/commands/node-options.ts', import.meta.url).href)}).then((m) => process.stdout.write(JSON.stringify(m.lackingNodeOptions())))`;
  t.equal(spawnSync(process.execPath, [...node, '--eval', code], { encoding: 'utf8' }).stdout, '[]');
});

t.test('the unit leaves room for every connection that the service takes', async (t) => {
  const descriptors = Number(settingIn(read(SERVICE), 'LimitNOFILE'));
  const { connections, httpConnections, httpProbes, descriptorReserve } = limits;
  t.ok(descriptors > 3 * connections + httpConnections + httpProbes + descriptorReserve, `${descriptors}`);
});

t.test('each socket unit has a name that a listener takes', async (t) => {
  t.same(sockets.sort(), ['quovadis-watch-tcp.socket', 'quovadis-watch-udp.socket']);
  for (const name of sockets) {
    const unit = read(name);
    t.equal(settingIn(unit, 'Service'), SERVICE);
    const kind = settingIn(unit, 'ListenDatagram') === '' ? 'tcp' : 'udp';
    const passed = {
      fd: 3,
      name: settingIn(unit, 'FileDescriptorName'),
      kind,
      address: { host: '::', port: 514 },
    } as const;
    const listeners = (['udp', 'tcp'] as const).map((each) => ({
      ...{ name: each, key: `syslog.${each}`, kind: each, address: { host: '0.0.0.0', port: 5514 } },
    }));
    t.match(takeSockets([passed], listeners), [{ name: kind, fd: 3 }]);
  }
});
