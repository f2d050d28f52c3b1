import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { writeMix } from '../../bench/generate.ts';
import { shippedAdvisory } from '../../src/config/advisory-file.ts';
import { lockAlone, openDatabase } from '../../src/store/sqlite/open.ts';
import { MAIN } from '../app/running.ts';
import { BODIES, FN72298_LINES, temporaryDirectory } from '../given.ts';
import { ran } from './in-one-process.ts';

const run = (
  args: readonly string[],
  { input = '' as Buffer | string, cwd = undefined as string | undefined, env = {} } = {},
) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    input,
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
};

const KEYS =
  'device peer priority counter sequence origin deviceTime timeQuality yearAssumed at facility severity mnemonic kind family cause serverKind manner fields text raw outcome';
const FIELD_KEYS = 'server reason url errorCode errorText trustpoint pid serial';
const SUMMARY_KEYS = 'lines messages outcomes signals devices incidents seconds linesPerSecond';
const INCIDENT_KEYS =
  'id device state severity score families diagnosis openedAt confirmedAt recoveringAt resolvedAt graceUntil graceUntilAtMost evidence regressions healedByItself endedBy recoveryVisible';

/** A file of lines with a fixed time of last change. */
function archive(t: Parameters<typeof temporaryDirectory>[0], lines: readonly string[], name = 'archive.log'): string {
  const file = join(temporaryDirectory(t), name);
  const text = `${lines.join('\n')}\n`;
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  const end = new Date('2022-06-01T00:00:00Z');
  utimesSync(file, end, end);
  return file;
}

const story = [
  `<189>1: sw-a: Mar  1 06:00:00 UTC: ${BODIES.callHome205}`,
  `<187>2: sw-a: Mar  1 06:10:00 UTC: ${BODIES.commFailed}`,
  `<189>1: sw-b: Mar  1 06:15:00 UTC: ${BODIES.chatter}`,
  `<187>3: sw-a: Mar  1 07:00:00 UTC: ${BODIES.crlSla}`,
  `<189>4: sw-a: Mar  1 09:00:00 UTC: ${BODIES.commRestored}`,
  'no message code here',
  `<187>5: sw-c: Mar  1 09:30:00 UTC: ${BODIES.commDns}`,
  `<189>2: sw-b: Mar  1 12:00:00 UTC: ${BODIES.chatter}`,
];

t.test('parse prints one JSON object per message, with the documented keys', async (t) => {
  const { status, stdout, stderr } = run(['parse'], { input: `${FN72298_LINES.join('\n')}\n` });
  t.same([status, stderr], [0, '']);
  const objects = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(objects.length, 9);
  for (const object of objects) {
    t.equal(Object.keys(object).join(' '), KEYS);
    t.equal(Object.keys(object.fields).join(' '), FIELD_KEYS);
    t.equal(object.outcome, 'parsed');
    t.equal(object.device, null, 'the line has no name, and a file has no peer');
  }
});

t.test('replay --json prints the same for the same input, plain or packed', async (t) => {
  const read = (file: string) => {
    const { status, stdout } = run(['replay', file, '--json']);
    t.equal(status, 0);
    const summary = JSON.parse(stdout);
    t.equal(Object.keys(summary).join(' '), SUMMARY_KEYS);
    const { seconds: _, linesPerSecond: __, ...rest } = summary;
    return rest;
  };
  const plain = read(archive(t, story));
  t.same(read(archive(t, story)), plain);
  t.same(read(archive(t, story, 'archive.log.gz')), plain);
  t.same(read(archive(t, [...story].reverse())), plain, 'the order of the lines does not matter');
  const [incident, ...others] = plain.incidents;
  t.same(others, [], 'the DNS failure of sw-c is not an incident');
  t.equal(Object.keys(incident).join(' '), INCIDENT_KEYS);
  t.match(incident, {
    id: 'qv-sw-a-1',
    state: 'resolved',
    severity: 'major',
    openedAt: '2022-03-01T06:10:00.000Z',
    confirmedAt: '2022-03-01T07:00:00.000Z',
    recoveringAt: '2022-03-01T09:00:00.000Z',
    resolvedAt: '2022-03-01T10:00:00.000Z',
    graceUntil: '2023-03-01T09:00:00.000Z',
    evidence: 4,
  });
  t.match(plain, { lines: 8, messages: 7, devices: 2, outcomes: { parsed: 5, other: 2, 'no-core': 1 } });
});

t.test('replay finds the same in an archive so long that a thread reads it', async (t) => {
  const directory = temporaryDirectory(t);
  const [file, first, second, packed] = ['all.log', 'first.log', 'second.log', 'all.log.gz'].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  await writeMix(file, { lines: 120_000, share: 0.01, devices: 200, seed: 5 });
  const bytes = readFileSync(file);
  const middle = bytes.indexOf('\n', bytes.length / 2) + 1;
  writeFileSync(first, bytes.subarray(0, middle));
  writeFileSync(second, bytes.subarray(middle, -1));
  writeFileSync(packed, gzipSync(bytes, { level: 1 }));
  const { atime, mtime } = statSync(file);
  for (const part of [first, second, packed]) utimesSync(part, atime, mtime);
  const read = (files: readonly string[], input: Buffer | string = '') => {
    const { status, stdout } = run(['replay', '--json', ...files], { input });
    t.equal(status, 0);
    const { seconds: _, linesPerSecond: __, ...rest } = JSON.parse(stdout);
    return rest;
  };
  const plain = read([file]);
  t.match(plain, { lines: 120_000 });
  t.ok(plain.incidents.length > 50);
  t.same(read([first, second]), plain, 'in two files; the last line has no line end');
  t.same(read([packed]), plain, 'packed');
  t.same(read(['-'], bytes), plain, 'on standard input');
  writeFileSync(packed, readFileSync(packed).subarray(0, -1000));
  const broken = run(['replay', file, packed]);
  t.same([broken.status, broken.stdout], [2, ''], 'the thread is stopped, too');
  t.match(broken.stderr, /^quovadis-watch: .*all\.log\.gz cannot be read: .* \[QVW_FILE_UNREADABLE\]\n$/);
});

t.test('replay --data stores the result, and explain reads it', async (t) => {
  const data = join(temporaryDirectory(t), 'kept');
  t.equal(run(['replay', archive(t, story), '--data', data]).status, 0);
  const incident = run(['explain', 'qv-sw-a-1', '--data', data]);
  t.equal(incident.status, 0);
  t.match(incident.stdout, /IncidentConfirmed \(score-reached\)/);
  t.match(incident.stdout, /CRL fetch for trustpoint SLA-TrustPoint failed/);
  const none = run(['explain', 'sw-c', '--data', data]);
  t.match(none.stdout, /No incident: the device does not resolve host names/, 'explains also why there is no incident');
  t.match(JSON.parse(run(['explain', 'sw-c', '--json', '--data', data]).stdout), {
    incident: null,
    explanation: { diagnosis: 'dns' },
    loss: null,
    lossUrl: null,
    consoleUrl: 'http://127.0.0.1:9514/devices/sw-c',
  });
  t.match(
    incident.stdout,
    /\nIn the console of the running service: http:\/\/127\.0\.0\.1:9514\/incidents\/qv-sw-a-1\n$/,
    'no runbook for an incident that is over',
  );
});

t.test('replay --data finds the same beside a service; a second replay fails and says to wait', async (t) => {
  const [data, alone] = [join(temporaryDirectory(t), 'kept'), join(temporaryDirectory(t), 'alone')];
  const found = (directory: string) => {
    const { status, stdout } = run(['replay', '--json', archive(t, story), '--data', directory]);
    t.equal(status, 0);
    const { seconds: _, linesPerSecond: __, ...rest } = JSON.parse(stdout);
    return rest;
  };
  openDatabase(data).close();
  const service = openDatabase(data);
  t.same(found(data), found(alone));
  service.close();
  const replaying = openDatabase(data);
  t.ok(lockAlone(replaying));
  const second = run(['replay', archive(t, story), '--data', data]);
  replaying.close();
  t.same([second.status, second.stdout], [1, '']);
  t.match(
    second.stderr,
    /^quovadis-watch: .*in use by another process.*: wait until it ends.* \[QVW_DATABASE_FAILED\]\n$/,
  );
});

t.test('a wrong command line prints one line, exits with code 2 and writes no file', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'bad.yaml'), 'syslog: { udp: nowhere, tpc: 1 }\nlog: { level: loud }\n');
  writeFileSync(join(directory, 'advisory.yaml'), 'id: [\n');
  writeFileSync(join(directory, 'tag.yaml'), 'data: !secret place\n');
  const tagged = readFileSync(shippedAdvisory, 'utf8').replace(/^title: /m, 'title: !secret ');
  writeFileSync(join(directory, 'advisory-tag.yaml'), tagged);
  mkdirSync(join(directory, 'folder'));
  const rows: readonly (readonly [args: readonly string[], says: RegExp, env?: Record<string, string>])[] = [
    [['serve', '--no-such-flag'], /unknown option '--no-such-flag'.*--help/],
    [['srve'], /unknown command 'srve'.*serve/],
    [['serve', '--udp', 'nowhere'], /--udp: syslog\.udp: must be HOST:PORT/],
    [['serve', '--udp', '127.0.0.1:99999'], /--udp: syslog\.udp: the port is above 65535/],
    [['serve', '--log-level', 'loud'], /--log-level: log\.level: must be one of trace/],
    [['serve', '--config', 'missing.yaml'], /missing\.yaml cannot be read/],
    [
      ['serve'],
      /QUOVADIS_SYSLOG_UPD: unknown variable, did you mean "QUOVADIS_SYSLOG_UDP"\?/,
      { QUOVADIS_SYSLOG_UPD: 'x' },
    ],
    [['serve'], /advisory\.yaml:\d+: .*\[QVW_ADVISORY_INVALID\]/, { QUOVADIS_ADVISORY: 'advisory.yaml' }],
    [
      ['check'],
      /correlation\.window: 9{17}w is not between 1s and 90d/,
      { QUOVADIS_CORRELATION_WINDOW: `${'9'.repeat(17)}w` },
    ],
    [['replay', 'missing.log'], /missing\.log cannot be read/],
    [['replay', 'folder'], /folder is a directory/],
    [['parse', '--zone', 'Nowhere/None', 'bad.yaml'], /not a time zone/],
    [['parse', '--zone', '+99:99', 'bad.yaml'], /"\+99:99" is not a time zone/],
    [['replay', '--zone', '-14:60', 'bad.yaml'], /"-14:60" is not a time zone/],
    [['check'], /syslog\.zone: "\+15:00" is not a time zone/, { QUOVADIS_SYSLOG_ZONE: '+15:00' }],
    [
      ['serve', '--data', 'bad.yaml', '--udp', 'off', '--tcp', 'off', '--http', 'off'],
      /bad\.yaml is not a directory: /,
    ],
    [['replay', 'bad.yaml', '--data', 'bad.yaml/below'], /below is not a directory: .*--data/],
    [['check', '--config', 'tag.yaml'], /tag\.yaml:1: a tag \(!name\) that is not known: .* \[/],
    [['check', '--advisory', 'advisory-tag.yaml'], /advisory-tag\.yaml:\d+: a tag \(!name\) that is not known/],
    [['explain', 'sw-a', '--data', 'none'], /there is no none\/quovadis\.db/],
    [['send', 'bad.yaml', '--to', 'nowhere'], /--to "nowhere" is not HOST:PORT/],
    [['send', 'bad.yaml', '--transport', 'pigeon'], /udp, tcp, tls/],
    [['send', 'bad.yaml', '--framing', 'lf'], /--framing needs --transport tcp or tls/],
    [['send', 'bad.yaml', '--transport', 'tcp', '--framing', 'nul'], /lf, octet-counting, unframed/],
    [['send', 'bad.yaml', '--transport', 'tcp', '--insecure'], /need --transport tls/],
    [['send', 'bad.yaml', '--transport', 'tls', '--ca', 'missing.pem'], /missing\.pem cannot be read/],
    [
      ['send', 'bad.yaml', '--transport', 'tls', '--ca', 'bad.yaml'],
      /--ca bad\.yaml is not a PEM file with certificates/,
    ],
    [['send', 'bad.yaml', '--transport', 'tls', '--ca', 'bad.yaml', '--insecure'], /leave out --ca, or --insecure/],
    [['send', 'bad.yaml', '--rate', 'fast'], /whole number/],
  ];
  const before = readdirSync(directory);
  // The service, and those with variables, are processes of their own; the others are run in one.
  const together = rows.filter(([[command], , env]) => command !== 'serve' && env === undefined);
  const results = ran(
    together.map(([args]) => args),
    { cwd: directory },
  );
  for (const row of rows) {
    const [args, says, env] = row;
    const result =
      results[together.indexOf(row)] ?? run(args, { cwd: directory, ...(env === undefined ? {} : { env }) });
    const { status, stdout, stderr } = result;
    t.equal(status, 2, args.join(' '));
    t.match(stderr, says);
    t.equal(stderr.trim().split('\n').length, 1, `one line: ${stderr}`);
    t.equal(stdout, '');
  }
  t.same(readdirSync(directory), before);
  t.notOk(existsSync(join(directory, 'data')));
});

t.test('replay and parse refuse a directory on stdin like a directory among the files', async (t) => {
  const folder = openSync(temporaryDirectory(t), 'r');
  t.teardown(() => closeSync(folder));
  for (const args of [['replay', '-'], ['parse']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      stdio: [folder, 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    t.same([status, stdout], [2, ''], args.join(' '));
    t.match(stderr, /^quovadis-watch: stdin is a directory: name files \[QVW_FILE_UNREADABLE\]\n$/);
  }
});

t.test('a failed command prints one line and exits with code 1', async (t) => {
  const file = archive(t, story);
  const { status, stderr } = run(['send', file, '--transport', 'tcp', '--to', '127.0.0.1:1']);
  t.equal(status, 1);
  t.match(stderr, /127\.0\.0\.1:1 cannot be reached.*is a receiver listening on this address\?/);
  const nobody = run(['send', file, '--to', `${'x'.repeat(70)}:514`]);
  t.equal(nobody.status, 1, 'it ends although nothing was sent');
  t.match(nobody.stderr, /^quovadis-watch: x+:514 cannot be reached .* \[QVW_SEND_FAILED\]\n$/);
  const damaged = temporaryDirectory(t);
  writeFileSync(join(damaged, 'quovadis.db'), 'not a database at all '.repeat(99));
  const serve = run(['serve', '--data', damaged, '--udp', '127.0.0.1:0', '--tcp', 'off', '--http', 'off']);
  t.equal(serve.status, 1);
  t.match(serve.stderr, /damaged or not a database: restore a copy/);
});

t.test('--help lists the commands, --version prints the version', async (t) => {
  const { status, stdout } = run(['--help']);
  t.equal(status, 0);
  for (const command of ['serve', 'parse', 'replay', 'explain', 'send', 'demo'])
    t.match(stdout, new RegExp(`\\b${command}\\b`));
  t.equal(run(['--version']).stdout.trim(), '0.1.0');
  t.equal(run(['serve', '--help']).status, 0);
});

t.test('demo prints how the incident opens, is confirmed and is resolved', async (t) => {
  const { status, stdout } = run(['demo']);
  t.equal(status, 0);
  t.match(stdout, /SUSPECTED[\s\S]*CONFIRMED[\s\S]*RECOVERING[\s\S]*RESOLVED/);
});

t.test('advisory prints whether a release is affected', async (t) => {
  const ask = (...args: string[]) => run(['advisory', ...args]);
  const json = ask('--release', '17.3.3', '--product', 'IE-3300-8T2S', '--json');
  t.equal(json.status, 0);
  t.same(JSON.parse(json.stdout), {
    product: 'IE-3300-8T2S',
    release: '17.3.3',
    status: 'affected',
    family: 'IE3x00',
    source: 'FN72298',
    because: 'release 17.3.3 is listed for IE3x00',
    fixedIn: '17.6.1',
  });
  t.match(ask('--release', '17.3.3', '--product', 'IE-3300-8T2S').stdout, /crypto pki trustpool import url/);
  t.match(ask().stdout, /tools\.cisco\.com: certificate from the old root until 2022-02-05/);
  t.match(JSON.parse(ask('--json').stdout), { id: 'quovadis-root-ca-2', exempt: ['PLR', 'SLR'] });
  for (const args of [
    ['--release', '17.3.3'],
    ['--product', 'IE-3300'],
    ['--release', '15.2(7)E', '--product', 'IE-3000'],
  ]) {
    const { status, stdout, stderr } = ask(...args);
    t.same([status, stdout], [2, '']);
    t.match(stderr, /^quovadis-watch: .* \[QVW_USAGE\]\n$/);
  }
});

t.test('check prints that everything is valid, or every problem', async (t) => {
  const valid = run(['check']);
  t.equal(valid.status, 0);
  t.match(valid.stdout, /Configuration without a file: valid\n(.*\n)+Advisory quovadis-root-ca-2 version \d+: valid\n/);
  const directory = temporaryDirectory(t);
  const [config, advisory, key] = ['config.yaml', 'advisory.yaml', 'key.pem'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const shipped = readFileSync(shippedAdvisory, 'utf8');
  writeFileSync(key, 'no key');
  writeFileSync(config, `syslog: { tls: { listen: "127.0.0.1:0", cert: ${directory}/none.pem, key: ${key} } }\n`);
  writeFileSync(advisory, shipped.replace('serial: 0A01', 'serial: 0B01'));
  const broken = run(['check', '--config', config, '--advisory', advisory]);
  t.same([broken.status, broken.stdout], [2, '']);
  t.match(broken.stderr, /remediation\.newRoot\.pem: its serial number is 0A01.*, not 0B01/);
  t.match(broken.stderr, /syslog\.tls\.cert: .*none\.pem cannot be read/);
  t.match(broken.stderr, /syslog\.tls\.key: .*key\.pem is not a private key in PEM/);
  t.equal(broken.stderr.trim().split('\n').length, 3, 'each on its line');
  writeFileSync(advisory, shipped.replace(/-----BEGIN[\s\S]*END CERTIFICATE-----/, 'none'));
  t.match(run(['check', '--advisory', advisory]).stderr, /not a certificate in PEM/);
  writeFileSync(advisory, shipped.replace('fixed: [16.12.6, 17.3.4', 'fixed: [17.3.4, 16.12.6'));
  t.match(run(['check', '--advisory', advisory]).stderr, /products\[3\]\.fixed: list the releases in ascending order/);
});

t.test('trustpool prints whether the new root is there, and what to do', async (t) => {
  const entry = (serial: string, name: string) =>
    `CA Certificate\n Certificate Serial Number (hex): ${serial}\n Subject:\n  cn=${name}\n Validity Date:\n  end   date: 02:23:33 CST Nov 25 2031\n Associated Trustpoints: Trustpool\n Trustpool: Built-In\n`;
  const old = entry('0509', 'QuoVadis Root CA 2');
  const absent = run(['trustpool', '-'], { input: old });
  t.equal(absent.status, 0);
  t.match(absent.stdout, /New root IdenTrust Commercial Root CA 1: absent[\s\S]*crypto pki trustpool import terminal/);
  const both = old + entry('0A0142800000014523C844B500000002', 'IdenTrust Commercial Root CA 1');
  t.match(JSON.parse(run(['trustpool', '-', '--json'], { input: both }).stdout), {
    newRoot: 'present',
    oldRoot: 'present',
    certificates: [{ serial: '0509' }, { serial: '0A0142800000014523C844B500000002' }],
  });
  const cut = run(['trustpool', '-'], { input: `sw-a#show crypto pki trustpool | begin QuoVadis\n${old}sw-a#` });
  t.equal(cut.status, 0);
  t.match(cut.stdout, /CA 1: unknown[\s\S]*save all from the command line up to the next prompt/);
  t.notMatch(cut.stdout, /missing|import/);
  const listing = old.replace(' Trustpool: Built-In\n', ' Storage: nvram:Example#1CA.cer\n');
  for (const input of ['sw-a#show version\n', '', listing]) {
    const foreign = run(['trustpool', '-', '--device', 'sw-a'], { input });
    t.same([foreign.status, foreign.stdout], [2, '']);
    t.match(foreign.stderr, /^quovadis-watch: - is not the output of "show crypto pki trustpool".* \[QVW_USAGE\]\n$/);
  }
  t.equal(run(['trustpool', '/nowhere']).status, 2);
});
