/** Secrets in files of their own: used as if they were written in the configuration, and never printed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { child, MAIN, until } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

const SECRET = `whsec_${'Hunter2+'.repeat(4)}`;
const [ONE, TWO] = ['4f9a8c1d2e3b7a6c', '0d1f7c55aa0e91b3'];
const HOOK = 'https://example.net/hunter2';
/** No problem may have a part of a secret. */
const SAID = /hunter2/i;

const load = (content: unknown, environment: NodeJS.ProcessEnv = {}, directory = '') => {
  const file = join(directory, 'config.yaml');
  writeFileSync(file, JSON.stringify(content));
  return loadConfig({ file, environment, flags: {} });
};

t.test('loadConfig() takes each secret from its file as it takes it from its key', async (t) => {
  const directory = temporaryDirectory(t);
  const put = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const hook = { kind: 'webhook', url: HOOK };
  const peers = { kind: 'alertmanager', urls: ['http://127.0.0.1:9093'] };
  const rows: readonly (readonly [why: string, written: object, filed: object])[] = [
    ['a secret', { ...hook, secret: SECRET }, { ...hook, secretFile: put('secret', `${SECRET}\n`) }],
    ['without a line end', { ...hook, secret: SECRET }, { ...hook, secretFile: put('bare', SECRET) }],
    [
      'two secrets',
      { ...hook, secret: [SECRET, `${SECRET}AAAA`] },
      { ...hook, secretFile: put('two', `${SECRET}\r\n${SECRET}AAAA\r\n\r\n`) },
    ],
    ['a URL', { ...hook, secret: SECRET }, { kind: 'webhook', urlFile: put('url', `${HOOK}\n`), secret: SECRET }],
    [
      'authorization of a webhook',
      { ...hook, secret: SECRET, authorization: 'Bearer a b' },
      { ...hook, secret: SECRET, authorizationFile: put('bearer', 'Bearer a b\n') },
    ],
    [
      'authorization of an Alertmanager',
      { ...peers, authorization: 'Basic a2lt' },
      { ...peers, authorizationFile: put('basic', '\uFEFFBasic a2lt\n') },
    ],
    [
      'headers',
      { ...hook, secret: SECRET, headers: { 'X-Key': 'a: b', __proto__x: 'c' } },
      { ...hook, secret: SECRET, headersFile: put('headers', '\nX-Key:  a: b \r\n__proto__x:c\n\n') },
    ],
    [
      'a routing key',
      { kind: 'pagerduty', routingKey: 'R1' },
      { kind: 'pagerduty', routingKeyFile: put('routing', 'R1\n\n') },
    ],
  ];
  for (const [why, written, filed] of rows) {
    const { sinks, secretFiles } = load({ sinks: [filed] }, {}, directory);
    t.same(sinks, load({ sinks: [written] }, {}, directory).sinks, why);
    t.equal(secretFiles?.length, 1, why);
    const list = put('sinks.yaml', JSON.stringify([filed]));
    const apart = load({}, { QUOVADIS_SINKS_FILE: list }, directory);
    t.same(apart.sinks, sinks, `${why}, in a file of sinks`);
    t.equal(apart.secretFiles?.length, 2, why);
  }
  const tokens = put('tokens', `${ONE}\n\t${TWO} \r\n\n${ONE}`);
  const { http } = load({ http: { readTokensFile: tokens } }, { QUOVADIS_HTTP_WRITE_TOKENS_FILE: tokens }, directory);
  t.same(
    [http.readTokens, http.writeTokens],
    [
      [ONE, TWO, ONE],
      [ONE, TWO, ONE],
    ],
  );
});

t.test('loadConfig() reports a file of a secret that cannot be used, without a part of the secret', async (t) => {
  const directory = temporaryDirectory(t);
  const put = (name: string, content: string | Buffer): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  mkdirSync(join(directory, 'folder'));
  symlinkSync('loop', join(directory, 'loop'));
  const good = put('good', 'hunter2-4f9a8c1d2e3b');
  const hook = { kind: 'webhook', url: HOOK };
  const pager = { kind: 'pagerduty' };
  const files: readonly (readonly [file: string, says: RegExp])[] = [
    [join(directory, 'none'), /there is no such file$/],
    ['hunter2-in-place-of-a-file', /there is no such file; it is looked for in \//],
    ['hunter2\0', /cannot be read/],
    ['hunter2'.repeat(1000), /its name is too long/],
    [join(directory, 'folder'), /it is a directory$/],
    [join(directory, 'loop'), /too many links$/],
    [join(good, 'below'), /no directory$/],
    ['/dev/zero', /it is not a regular file$/],
    [put('empty', ''), /the file is empty/],
    [put('blank', ' \n\r\n\t'), /the file is empty/],
    [put('long', 'hunter2'.repeat(10_000)), /longer than 65536 bytes$/],
    [put('binary', Buffer.from([0xff, 0xfe, 0x00])), /not a text in UTF-8$/],
  ];
  const lines = put('lines', 'hunter2\nhunter2');
  const rows: readonly (readonly [content: object, environment: NodeJS.ProcessEnv, path: RegExp, says: RegExp])[] = [
    ...files.flatMap(([file, says]) => [
      [{ sinks: [{ ...hook, secretFile: file }] }, {}, /sinks\S0\S*\.secretFile: /, says] as const,
      [{ sinks: [{ ...pager, routingKeyFile: file }] }, {}, /sinks\S0\S*\.routingKeyFile: /, says] as const,
      [{ http: { readTokensFile: file } }, {}, /http\.readTokensFile: /, says] as const,
      [{ sinksFile: file }, {}, /sinksFile: /, says] as const,
    ]),
    [
      { sinks: [{ ...pager, routingKeyFile: lines }] },
      {},
      /routingKeyFile: /,
      /has 2 lines; write the secret on one line/,
    ],
    [
      { sinks: [{ ...pager, routingKeyFile: good, routingKey: 'hunter2' }] },
      {},
      /routingKeyFile: /,
      /give routingKey or routingKeyFile, not both/,
    ],
    ...(
      [
        ['hunter2', /headersFile: line 1: write NAME: VALUE$/],
        ['x: a\n\nhunter2 b: c', /headersFile: line 3: a name of a header has only letters/],
        ['x: a\nX: hunter2', /headersFile: line 2: this header is given twice$/],
        ['content-length: 7', /headersFile: line 1: HTTP sets this header itself$/],
        ['x: hunter2é', /headersFile: must be printable ASCII/],
        ['x:', /headersFile: must be printable ASCII/],
      ] as const
    ).map(([text, says], index) => {
      const headersFile = put(`headers-${index}`, text);
      return [{ sinks: [{ ...hook, secret: SECRET, headersFile }] }, {}, /sinks\S0\S*\.headersFile: /, says] as const;
    }),
    [{ sinks: [{ ...hook, secretFile: good }] }, {}, /sinks\S0\S*\.secretFile/, /must be whsec_ and 24 to 64/],
    [{ sinks: [{ ...pager, routingKeyFile: 7 }] }, {}, /routingKeyFile/, /must be/],
    [
      { sinks: [{ ...pager, routingKey: 'R' }], sinksFile: good },
      {},
      /sinksFile: /,
      /give sinks or sinksFile, not both/,
    ],
    [{ sinksFile: good }, {}, /sinks/, /must be a list/],
    [{ http: { writeTokens: ['hunter2-4f9a8c1d2e3b'], writeTokensFile: good } }, {}, /writeTokensFile: /, /not both/],
    [
      { http: { writeTokens: ['hunter2-4f9a8c1d2e3b'] } },
      { QUOVADIS_HTTP_WRITE_TOKENS_FILE: good },
      /http\.writeTokensFile|QUOVADIS_HTTP_WRITE_TOKENS_FILE/,
      /not both/,
    ],
  ];
  for (const [content, environment, path, says] of rows) {
    const why = JSON.stringify([content, environment]).slice(0, 200);
    try {
      load(content, environment, directory);
      t.fail(why);
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      t.equal(code, 'QVW_CONFIG_INVALID', why);
      t.match(message, path, why);
      t.match(message, says, why);
      t.notMatch(message.replaceAll(directory, ''), SAID, why);
      t.notMatch(message, /missing/, 'what is in a file is not reported as missing');
    }
  }
});

t.test(
  'serve uses a token from another file, or refuses it, without a restart; neither it nor check prints one',
  async (t) => {
    const directory = temporaryDirectory(t);
    const tokens = join(directory, 'tokens');
    const config = join(directory, 'config.yaml');
    writeFileSync(tokens, 'hunter2-4f9a8c1d2e3b\n');
    writeFileSync(config, JSON.stringify({ http: { readTokensFile: tokens, writeTokensFile: tokens } }));
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'check', '--config', config], {
      encoding: 'utf8',
    });
    t.equal(status, 0, stderr);
    t.notMatch(stdout + stderr, SAID);
    const service = await child(t, temporaryDirectory(t), '--config', config);
    let printed = '';
    for (const output of [service.process.stdout, service.process.stderr])
      output.on('data', (data) => (printed += data));
    const ask = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${service.api}/api/v1/incidents`, { headers })).status;
    };
    t.equal(await ask('hunter2-4f9a8c1d2e3b'), 200);
    writeFileSync(join(directory, 'next'), 'hunter2-0d1f7c55aa0e\nhunter2-7be0a94f26d3\n');
    renameSync(join(directory, 'next'), tokens);
    service.process.kill('SIGHUP');
    await until(
      () => ask('hunter2-0d1f7c55aa0e'),
      (answer) => answer === 200,
    );
    t.same([await ask('hunter2-7be0a94f26d3'), await ask('hunter2-4f9a8c1d2e3b')], [200, 401]);
    writeFileSync(tokens, '');
    const headers = { authorization: 'Bearer hunter2-7be0a94f26d3' };
    const refused = await fetch(`${service.api}/-/reload`, { method: 'POST', headers });
    t.equal(refused.status, 400);
    const answer = await refused.text();
    t.match(answer, /readTokensFile: the file is empty/);
    t.notMatch(answer, SAID);
    t.equal(await ask('hunter2-7be0a94f26d3'), 200, 'what was in use is in use');
    service.process.kill('SIGTERM');
    t.equal(await service.exit, 0);
    t.match(printed, /the configuration was read again/);
    t.notMatch(printed, SAID);
  },
);
