/** What a person types wrongly: one line that says what to do, exit code 2, and nothing is written. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BODIES, temporaryDirectory } from '../given.ts';
import { ran } from './in-one-process.ts';

const MISTAKES: readonly (readonly [command: string, says: RegExp])[] = [
  ['rplay switch.log', /unknown command 'rplay' \(Did you mean replay\?\)/],
  ['--hlp', /unknown option '--hlp' \(Did you mean --help\?\)/],
  ['replay', /missing required argument 'file'/],
  ['replay switsh.log', /switsh\.log cannot be read: there is no such file; did you mean "switch\.log"\?/],
  ['replay folder', /folder is a directory: name files/],
  ['replay switch.log --dat x', /unknown option '--dat' \(Did you mean --data\?\)/],
  ['replay old.xls', /old\.xls is a document of Office before 2007, which is not read: save it as text/],
  ['inventory swich.csv --data data', /swich\.csv cannot be read: there is no such file; did you mean "switch\.csv"\?/],
  ['inventory folder --data data', /folder cannot be read: it is a directory/],
  ['inventory switch.log --data data', /no heading hostname, address or serial: add one of these columns/],
  ['inventory old.xls --data data', /it is a document of Office before 2007: save it as CSV or \.xlsx/],
  ['inventory empty.csv --data data', /it is empty: write a line of headings/],
  ['inventory cut.json --data data', /it is not JSON/],
  ['inventory binary.csv --data data', /it is no text: save it as CSV in UTF-8, or as \.xlsx/],
  ['capture folder --data known', /no file is in folder: name files, or folders and archives that have some/],
  ['capture none.txt --data known', /none\.txt cannot be read: there is no such file/],
  ['trustpool switch.log --data known', /enter "terminal length 0", then this command/],
  ['explain sw-press-02 --data known', /there is no device or incident "sw-press-02".*did you mean "sw-press-01"\?/],
  ['explain sw-press-01 --data none', /there is no none\/quovadis\.db: name the data directory/],
  ['next --format xls --data known', /Allowed choices are table, csv, json, ansible, netbox/],
  ['next --limit ten --data known', /Use a whole number/],
  ['advisory --release banana --product IE-3300-8T2S', /"banana" is not an IOS-XE release: write the release as/],
  ['advisory --advisory list.yaml', /list\.yaml:1: a key with a section on the same line/],
  ['check --config none.yaml', /none\.yaml cannot be read: there is no such file/],
  ['check --config folder', /folder cannot be read: it is a directory/],
  ['check --config typo.yaml', /typo\.yaml:2: syslog\.upd: unknown key, did you mean "udp"\?/],
  ['inventory switch.csv --data switch.log', /switch\.log is not a directory: name one with --data/],
  ['inventory switch.csv --data /proc/none', /\/proc\/none cannot be made \(ENOENT\): name a directory with --data/],
  ['serve --http 0.0.0.0:9599', /not a loopback address.*set http\.readTokens/],
  ['restore none.db --data data', /there is no none\.db: name a file that `backup` has made/],
  [
    'restore switch.log --data data',
    /switch\.log is no database of quovadis-watch: name a file that `backup` has made/,
  ],
  ['send switch.log --to nowhere', /--to "nowhere" is not HOST:PORT: write for example/],
  ['send switch.log --to 127.0.0.1:1 --transport tpc', /Allowed choices are udp, tcp, tls, relp/],
  ['confirm-sender sw-press-01 nonsense --data known', /nonsense is no IPv4 or IPv6 address/],
  ['forget sw-press-02 --data known', /there is no device sw-press-02; did you mean "sw-press-01"\?/],
  ['completion tcsh', /Allowed choices are bash, zsh, fish/],
  ['migrate', /name both databases/],
];

/** Each file of a folder with its size. */
const filesIn = (directory: string) =>
  execFileSync('find', ['.', '-type', 'f', '-printf', '%p %s\n'], { cwd: directory, encoding: 'utf8' })
    .split('\n')
    .filter((line) => !/-(?:shm|wal) \d+$/.test(line))
    .sort();

t.test('each command answers a mistake with one line that says what to do, and writes nothing', async (t) => {
  const cwd = temporaryDirectory(t);
  const put = (name: string, content: string | Buffer) => writeFileSync(join(cwd, name), content);
  mkdirSync(join(cwd, 'folder'));
  put('switch.log', `<187>1: sw-press-01: Mar  1 2022 06:00:00 UTC: ${BODIES.callHome205}\n`);
  put('switch.csv', 'hostname\nsw-press-01\n');
  put('old.xls', Buffer.from('d0cf11e0a1b11ae10000', 'hex'));
  put('empty.csv', '');
  put('cut.json', '{"devices":[');
  put('binary.csv', Buffer.from([0x68, 0, 1, 2, 0xff]));
  put('list.yaml', 'a: b: c: d: e\n');
  put('typo.yaml', 'syslog:\n  upd: 0.0.0.0:514\n');
  const [first] = ran([['inventory', 'switch.csv', '--data', 'known']], { cwd });
  t.equal(first?.status, 0, `${first?.stderr}`);
  const before = filesIn(cwd);
  const results = ran(
    MISTAKES.map(([command]) => command.split(' ')),
    { cwd },
  );
  for (const [index, [command, says]] of MISTAKES.entries()) {
    const { status, stdout, stderr } = results[index] as (typeof results)[number];
    t.same([status, stdout], [2, ''], command);
    t.match(stderr, says, command);
    t.match(stderr, /^quovadis-watch: [^\n]+ \[QVW_\w+\]\n$/, `${command}: one line`);
  }
  t.same(filesIn(cwd), before, 'nothing was written');
  t.same(readdirSync(join(cwd, 'folder')), []);
});
