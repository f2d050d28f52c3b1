/** Every command, with control characters in its arguments, files, configuration and database: none reaches the terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { commands, type OptionRow } from '../../src/commands/command-table.ts';
import { advanceTime } from '../../src/core/correlate/correlate.ts';
import { escaped, jsonText, printable, printableLines } from '../../src/printable.ts';
import { openStore } from '../../src/store/open-store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { MAIN } from '../app/running.ts';
import { advisory, BODIES, temporaryDirectory } from '../given.ts';

const RUN_ALL = fileURLToPath(new URL('run-all.ts', import.meta.url));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** Control characters but line feed and tab, and the controls of the direction of writing. */
const OBEYED = [
  ...range(0, 8),
  ...range(0x0b, 0x1f),
  ...range(0x7f, 0x9f),
  ...[0x061c, 0x200e, 0x200f],
  ...range(0x202a, 0x202e),
  ...range(0x2066, 0x206f),
].map((code) => String.fromCharCode(code));
/** An argument or a file name cannot have NUL; a line cannot have line ends. */
const EVIL = OBEYED.filter((character) => character !== '\0' && character !== '\r').join('');
const SHORT = '\u001b[2J\u009b31m\u202ex\u0007';

/** What is wrong with bytes for a terminal; null if nothing is. */
function trouble(bytes: Buffer): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'no UTF-8: a terminal may obey its bytes';
  }
  const found = OBEYED.filter((character) => text.includes(character)).map((character) =>
    character.charCodeAt(0).toString(16),
  );
  return found.length === 0 ? null : `U+${found.join(', U+')} in ${JSON.stringify(text.slice(0, 500))}`;
}

type Result = { status: number; stdout: Buffer; stderr: Buffer };

/** Runs all command lines in one process and looks at what each prints. */
function runAll(t: Test, lines: readonly (readonly string[])[], env: NodeJS.ProcessEnv = {}, cwd?: string): Result[] {
  const child = spawnSync(process.execPath, [RUN_ALL], {
    input: JSON.stringify(lines),
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (child.status !== 0) throw new Error(`${child.stderr}`);
  const results = JSON.parse(`${child.stdout}`) as { status: number; stdout: string; stderr: string }[];
  return results.map(({ status, ...written }, index) => {
    const [stdout, stderr] = [Buffer.from(written.stdout, 'base64'), Buffer.from(written.stderr, 'base64')];
    const why = JSON.stringify(lines[index]).slice(0, 200);
    t.equal(trouble(stdout), null, `stdout of ${why}`);
    t.equal(trouble(stderr), null, `stderr of ${why}`);
    return { status, stdout, stderr };
  });
}

const hasValue = ({ flags }: OptionRow) => /<.*>/.test(flags);
const flagOf = ({ flags }: OptionRow) => flags.split(' ')[0] as string;

t.test('the functions of printable.ts leave only what a terminal does not obey', async (t) => {
  const all = `${OBEYED.join('a')}\t\n\u00a0é\u{1f600}\u2028`;
  t.equal(trouble(Buffer.from(printable(all))), null);
  t.notMatch(printable(all), /[\n\t]/);
  t.equal(trouble(Buffer.from(printableLines(all))), null);
  t.match(printableLines(all), '\t\n\u00a0é\u{1f600}\u2028');
  t.equal(trouble(Buffer.from(escaped(all))), null);
  for (const value of [all, { [all]: [all] }, `${'\ud800'}`]) {
    t.equal(trouble(Buffer.from(jsonText(value))), null);
    t.strictSame(JSON.parse(jsonText(value)), value, 'and JSON means the same');
  }
});

t.test('no file of commands writes to stdout or stderr but output.ts', async (t) => {
  const root = fileURLToPath(new URL('../../src/commands/', import.meta.url));
  const files = globSync('*.ts', { cwd: root }).filter((file) => file !== 'output.ts');
  t.ok(files.length > 20);
  for (const file of files)
    t.notMatch(
      readFileSync(join(root, file), 'utf8'),
      /(?:stdout|stderr|terminal)\.write\(|console\.\w|writeSync\(/,
      file,
    );
});

t.test('arguments: unknown commands and options, and the value of every option and argument', async (t) => {
  const cwd = temporaryDirectory(t);
  // demo takes none, serve and send open sockets: they have tests of their own below.
  const lines: string[][] = [[EVIL], [`--${EVIL}`], ['help', EVIL], [`-${SHORT}`]];
  for (const { name, options, argument } of commands) {
    lines.push([name, `--${EVIL}`], [name, '--help']);
    const given = argument === undefined ? [] : [EVIL];
    if (given.length > 0 && name !== 'serve') lines.push([name, ...given], [name, SHORT, EVIL]);
    if (name === 'serve' || name === 'demo') continue;
    for (const option of options) {
      if (hasValue(option)) lines.push([name, ...given, flagOf(option), EVIL], [name, flagOf(option), SHORT]);
      else lines.push([name, ...given, flagOf(option)]);
    }
  }
  const results = runAll(t, lines, { HOME: cwd }, cwd);
  t.ok(results.length > 80, `${results.length}`);
  // 3: something is wrong on this machine, says the doctor.
  const most = (index: number) => (lines[index]?.[0] === 'doctor' ? 3 : 2);
  t.ok(results.every(({ status }, index) => status >= 0 && status <= most(index)));
  t.ok(results.filter(({ stderr }) => stderr.includes('\uFFFD')).length > 40, 'the arguments are shown in some way');
});

t.test('configurations and advisories: in keys, values, files that are named, and variables', async (t) => {
  const directory = temporaryDirectory(t);
  const put = (name: string, content: string | Buffer) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const all = JSON.stringify(EVIL);
  const listener = `{ listen: ${all}, cert: ${all}, key: ${all}, clientCa: ${all}, peers: [${all}] }`;
  const yaml = [
    `${all}: ${all}`,
    `data: ${all}`,
    `advisory: ${JSON.stringify(SHORT)}`,
    `syslog: { udp: ${all}, zone: ${all}, allow: [${all}], relays: ${all}, tls: ${listener}, ${all}: 1 }`,
    `http: { listen: ${all}, publicUrl: ${all}, readTokens: [${all}], writeTokensFile: ${JSON.stringify(SHORT)} }`,
    `correlation: { window: ${all} }`,
    `log: { level: ${all} }`,
    `sinks: [{ kind: ${all}, name: ${all} }, { kind: webhook, url: ${all}, secretFile: ${all}, ${all}: 1 }, ${all}]`,
  ].join('\n');
  const config = put('config.yaml', yaml);
  const good = put('good.yaml', `data: ${JSON.stringify(join(directory, SHORT))}\n`);
  const raw = put('raw.yaml', Buffer.from(`data: "\u001b\u009b"\nsyslog: {${SHORT}\n${OBEYED.join('')}: x`));
  const bytes = put('bytes.yaml', Buffer.from([0x61, 0x3a, 0x20, 0x9b, 0x1b, 0xff, 0x0a]));
  const shipped = readFileSync(
    fileURLToPath(new URL('../../advisories/quovadis-root-ca-2.yaml', import.meta.url)),
    'utf8',
  );
  const wrong = put('advisory.yaml', `${shipped.replace(/^id: .*$/m, `id: ${all}`)}\n${all}: ${all}\n`);
  const evilAdvisory = put(
    'evil.yaml',
    shipped.replace(/^title: .*$/m, `title: ${all}`).replace(/^notice: .*$/m, `notice: ${all}`),
  );
  const operating = [
    'inventory',
    'next',
    'notices',
    'forget',
    'backup',
    'restore',
    'trustpool',
    'explain',
    'confirm-sender',
  ];
  const lines = [
    ...[config, good, raw, bytes, join(directory, SHORT)].flatMap((file) => [
      ['check', '--config', file],
      ...operating.map((name) => [name, '--config', file, ...argumentsOf(name)]),
    ]),
    ...[wrong, evilAdvisory, raw, bytes].flatMap((file) => [
      ['check', '--advisory', file],
      ['advisory', '--advisory', file],
      ['advisory', '--advisory', file, '--json'],
      ['advisory', '--advisory', file, '--release', SHORT, '--product', SHORT],
    ]),
  ];
  runAll(t, lines, {}, directory);
  const env = {
    [`QUOVADIS_${SHORT}`]: 'x',
    QUOVADIS_SYSLOG_UDP: EVIL,
    QUOVADIS_SINKS: `- ${SHORT}\n- {`,
    QUOVADIS_DATA: SHORT,
  };
  const [checked] = runAll(t, [['check'], ['next']], env, directory);
  t.match(`${checked?.stderr}`, /QUOVADIS_SYSLOG_UDP: syslog\.udp: must be/);
  for (const args of [
    ['serve', '--config', config],
    ['serve', '--udp', EVIL, '--data', EVIL],
    ['serve', '--config', raw],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: directory });
    t.equal(status, 2);
    t.same([trouble(stdout), trouble(stderr)], [null, null], args.join(' '));
  }
});

/** As many arguments as a command needs. */
function argumentsOf(name: string): string[] {
  const { argument, options } = commands.find((row) => row.name === name) as (typeof commands)[number];
  const needed = [...(argument?.[0].matchAll(/<[^>]*>/g) ?? [])].map(() => SHORT);
  return options.some(({ flags }) => flags.startsWith('--device')) ? [...needed, '--device', SHORT] : needed;
}

/** Lines of devices with control characters in every place, as bytes too that are no UTF-8. */
function hostileLog(): Buffer {
  const line = (counter: number, name: string, body: string) =>
    Buffer.from(`<187>${counter}: ${name}: Mar  1 2022 18:46:1${counter % 10}.483 UTC: ${body}\n`);
  const url = BODIES.callHome205.replace('https://', `https://${EVIL}`);
  return Buffer.concat([
    line(1, 'sw-b', url),
    line(2, 'sw-b', `${BODIES.commFailed}${EVIL}`),
    line(3, `sw-${SHORT}`, BODIES.commFailed),
    line(4, 'sw-b', `%SMART_LIC-3-${SHORT}: ${EVIL}`),
    Buffer.from([0x9b, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x00, 0xff, 0x0a]),
    Buffer.concat([
      Buffer.from('<187>5: sw-b: %SMART_LIC-3-COMM_FAILED: '),
      Buffer.from([0x9b, 0xc2, 0x9b, 0x0d, 0x00]),
      Buffer.from(`${EVIL}\n`),
    ]),
    line(6, 'sw-b', `%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint ${EVIL} failed Reason : ${EVIL}`),
  ]);
}

t.test('files: logs, inventories, trustpools, PEM files and archives of any bytes', async (t) => {
  const directory = temporaryDirectory(t);
  const put = (name: string, content: string | Buffer) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const log = put(`log-${SHORT}.log`, hostileLog());
  const data = join(directory, 'data');
  const cells = [EVIL, `${SHORT}`, '\u001b]0;x\u0007', `a${SHORT}b`];
  const csv = put(
    'inventory.csv',
    `hostname,plant,${SHORT}\n${cells.map((cell) => `${cell},${cell},${cell}`).join('\n')}\n"unclosed ${SHORT}\n`,
  );
  const json = put(
    'inventory.json',
    JSON.stringify(cells.map((cell) => ({ hostname: cell, plant: cell, [cell]: cell }))),
  );
  const noJson = put('broken.json', `[{"hostname": ${SHORT}`);
  const pool = put(
    'pool.txt',
    `CA Certificate\n Certificate Serial Number (hex): 0509${SHORT}\n Subject:\n  cn=${EVIL}\n Trustpool: ${EVIL}\n`,
  );
  const pem = put(`pem-${SHORT}`, SHORT);
  const archive = put('broken.log.gz', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(EVIL)]));
  mkdirSync(join(directory, `folder-${SHORT}`));
  const results = runAll(t, [
    ['parse', log],
    ['replay', log],
    ['replay', log, '--json'],
    ['replay', log, '--data', data],
    ['parse', archive],
    ['parse', join(directory, `folder-${SHORT}`)],
    ['replay', archive],
    ['parse', '--explain', `<187>1: sw-${EVIL}: Mar  1 2022 18:46:11 UTC: %SMART_LIC-3-COMM_FAILED: ${EVIL}`],
    ...[csv, json, noJson, log].flatMap((file) => [
      ['inventory', file, '--data', data],
      ['inventory', file, '--data', data, '--json'],
    ]),
    ['trustpool', pool],
    ['trustpool', pool, '--json'],
    ['trustpool', log],
    ['send', log, '--transport', 'tls', '--ca', pem],
    ['send', log, '--to', `${SHORT}:1`],
    ['backup', join(directory, SHORT, SHORT), '--data', data],
    ['backup', join(directory, `copy-${SHORT}.db`), '--data', data],
    ['restore', log, '--data', join(directory, `restored-${SHORT}`)],
    ['restore', join(directory, `copy-${SHORT}.db`), '--data', join(directory, `restored-${SHORT}`)],
    ['explain', 'sw-b', '--data', data],
    ['explain', 'sw-b', '--data', data, '--json'],
    ['explain', 'sw-b', '--data', data, '--verify'],
    ['explain', 'sw-b', '--data', join(directory, `restored-${SHORT}`)],
  ]);
  const [parsed] = results;
  t.ok(`${parsed?.stdout}`.includes('\\u009b'), 'JSON says which characters they were');
  for (const line of `${parsed?.stdout}`.trim().split('\n')) t.ok(JSON.parse(line).raw !== undefined);
  const explained = `${results.at(-4)?.stdout}`;
  t.match(explained, /Evidence/, `${results.at(-4)?.stderr}`);
  t.match(explained, /\uFFFD/, 'a line of the device is shown');
});

t.test('devices that are stored under such names, by whatever program', async (t) => {
  const directory = temporaryDirectory(t);
  const data = join(directory, 'data');
  writeFileSync(join(directory, 'log'), hostileLog());
  runAll(t, [['replay', join(directory, 'log'), '--data', data]]);
  const store = await openStore(data, projectionOf(advisory), 'write');
  const { rows } = await store.devices({ limit: 10 });
  const device = rows.find(({ key }) => key === 'sw-b');
  if (device === undefined) throw new Error('sw-b is stored');
  const key = `sw-${EVIL}`;
  const about = { names: [], keys: [key], newDevices: 1 };
  const inventory = {
    hostname: key,
    address: EVIL,
    serial: EVIL,
    pid: EVIL,
    release: EVIL,
    plant: `plant ${EVIL}`,
    licensing: null,
  };
  await store.commit(about, ({ devices }) => ({
    ...advanceTime(devices.values(), () => 0, advisory),
    devices: [{ ...device, key, version: 0, inventory }],
    ...{ unparsed: [], notes: [], notices: [], now: Date.now() },
  }));
  await store.close();
  const each = (name: string, ...args: string[]) => [
    [name, ...args, '--data', data],
    [name, ...args, '--data', data, '--json'],
  ];
  const results = runAll(t, [
    ['next', '--data', data],
    ...each('explain', key),
    ...each('explain', key, '--verify'),
    ...each('notices'),
    ['check', '--data', data],
    ['confirm-sender', key, '192.0.2.7', '--data', data],
    ['forget', `${key}x`, '--data', data],
    ...each('backup', join(directory, 'copy.db')),
    ['forget', '--not-listed', '--data', data],
    ['forget', key, '--data', data],
  ]);
  t.match(`${results[0]?.stdout}`, /sw-\uFFFD/, `next lists the device: ${results[0]?.stderr}`);
  t.match(`${results[1]?.stdout}`, /^sw-\uFFFD/, `explain explains the device: ${results[1]?.stderr}`);
  t.strictSame(JSON.parse(`${results[2]?.stdout}`).explanation.device, key, 'JSON has the name as it is');
});

for (const format of ['json', 'text']) {
  t.test(`serve: the log in ${format} has what files and names say without control characters`, async (t) => {
    const directory = temporaryDirectory(t);
    const file = join(directory, 'config.yaml');
    writeFileSync(file, `log: { format: ${format} }`);
    const data = join(directory, `data-${SHORT}`);
    const off = ['--udp', 'off', '--tcp', '127.0.0.1:0', '--http', 'off'];
    const service = spawn(process.execPath, [MAIN, 'serve', '--config', file, '--data', data, ...off]);
    t.teardown(() => service.kill('SIGKILL'));
    const written: Buffer[] = [];
    const said = (words: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (Buffer.concat(written).includes(words)) resolve();
        };
        service.stdout.on('data', look);
        look();
      });
    for (const output of [service.stdout, service.stderr]) output.on('data', (chunk: Buffer) => written.push(chunk));
    await said('listening');
    writeFileSync(file, `syslog: { zone: ${JSON.stringify(EVIL)} }\n${JSON.stringify(EVIL)}: 1\n`);
    service.kill('SIGHUP');
    await said('the former one stays');
    service.kill('SIGTERM');
    const [code] = await once(service, 'close');
    t.equal(code, 0);
    t.match(`${Buffer.concat(written)}`, /syslog\.zone/);
    t.equal(trouble(Buffer.concat(written)), null);
  });
}

t.test('demo prints nothing that a terminal obeys', async (t) => {
  runAll(t, [['demo']]);
});
