/** Every problem of a configuration at once, where it is, and what is allowed there. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { advisorySchema } from '../../src/config/advisory-form.ts';
import type { Tree } from '../../src/config/any-value.ts';
import { check } from '../../src/config/check.ts';
import { type Form, wordsOf } from '../../src/config/form.ts';
import { formProblems } from '../../src/config/form-problems.ts';
import { examine } from '../../src/config/load.ts';
import { nearest } from '../../src/config/near.ts';
import { configKeys, configSchema, defaults, environmentName } from '../../src/config/schema.ts';
import { formAt } from '../../src/config/settings.ts';
import { readYaml } from '../../src/config/yaml.ts';
import { sinkKinds } from '../../src/notify/sinks.ts';
import { child, MAIN } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';

/** Each line, as it is followed by its problem where it has one. `hunter2` is a secret wherever it is. */
const LINES: readonly (readonly [line: string, ...problems: RegExp[]])[] = [
  ['data: 7', /^data: must be a text that is not empty, not 7$/],
  ['# a comment, and an empty line'],
  [''],
  ['advisory: none.yaml'],
  ['syslog:'],
  ['  udp: nowhere', /^syslog\.udp: must be HOST:PORT or \[IPv6\]:PORT, or null, not "nowhere"$/],
  ['  "tcp":'],
  ['  tpc: 1', /^syslog\.tpc: unknown key, did you mean "tcp"\?$/],
  ['  zzzzzz: 1', /^syslog\.zzzzzz: unknown key; the keys here are udp, tcp, /],
  ['  allow:'],
  ['    - 192.0.2.0/24'],
  ['    - 192.0.2.0/33', /^syslog\.allow\[1\]: "192\.0\.2\.0\/33" is not a network/],
  ['    - 7', /^syslog\.allow\[2\]: must be a text that is not empty, not 7$/],
  ['  relays: &all 10.0.0.0/8', /^syslog\.relays: must be a list, not "10\.0\.0\.0\/8"$/],
  ['  perSource: { lines: 0,', /^syslog\.perSource\.lines: must be a whole number from 1 to 1000000, not 0$/],
  ['    connections: many }', /^syslog\.perSource\.connections: must be a whole number from 1 to 4096, not "many"$/],
  ['  zone: Nowhere', /^syslog\.zone: "Nowhere" is not a time zone/],
  ['  tls:', /^syslog\.tls: missing key$/],
  ['    listen: 192.0.2.999:6514', /^syslog\.tls\.listen: "192\.0\.2\.999" is not an IPv4 address$/],
  ['    cert: none.pem', /^syslog\.tls\.cert: none\.pem cannot be read/],
  ['    peers: [a.example.net]', /^syslog\.tls\.peers: without syslog\.tls\.clientCa/],
  ['instance: a move at work', /^instance: "a move at work" is a name that commands of this program have/],
  ['http:'],
  ['  listen: "[::1]:65536"', /^http\.listen: the port is above 65535/],
  ['  readTokens: hunter2', /^http\.readTokens: must be a list$/],
  [
    '  writeTokens: [hunter2-4f9a8c1d2e3b, { hunter2: hunter2 }]',
    /^http\.writeTokens\[1\]: must be a text that is not empty, not a section$/,
  ],
  ['  a.b c: 1', /^http\."a\.b c": unknown key/],
  ['correlation:'],
  ['  window: 99999w', /^correlation\.window: 99999w is not between 1s and 90d$/],
  ['  holdTime: 90', /^correlation\.holdTime: must be a duration like 48h, 90m or 35d, or null, not 90$/],
  ['  staleAfter: 1h'],
  [
    '  stateSuspectsAfter: 2h',
    /^correlation\.stateSuspectsAfter: must be shorter than correlation\.staleAfter, not 2h$/,
  ],
  ['retention: { incidents: for ever }', /^retention\.incidents: must be a duration like .*, not "for ever"$/],
  ['backup: hunter2', /^backup: must be a section with keys like directory, keep, not a text$/],
  ['log: { level: loud }', /^log\.level: must be one of trace, .* silent, not "loud"$/],
  ['sinks:'],
  ['  - kind: webhook'],
  ['    url: http://10.0.0.1/hunter2', /^sinks\[0\]\.url: 10\.0\.0\.1 is not a public address/],
  ['    secret: hunter2', /^sinks\[0\]\.secret: must be whsec_ and 24 to 64 random bytes in base64/],
  ['    authorization: " hunter2"', /^sinks\[0\]\.authorization: must be printable ASCII on one line/],
  ['    timeot: 5s', /^sinks\[0\]\.timeot: unknown key, did you mean "timeout"\?$/],
  ['    timeout: 0s', /^sinks\[0\]\.timeout: 0s is not between 100ms and 1h$/],
  [
    '  - { kind: mail, name: "A B" }',
    /^sinks\[1\]\.kind: "mail" is unknown, give one of/,
    /^sinks\[1\]\.name: must be 1 to 64/,
  ],
  ['  - hunter2', /^sinks\[2\]: must be a section with the key kind, not a text$/],
  ['  - kind: pagerduty', /^sinks\[3\]: missing routingKey \(or routingKeyFile\)$/],
  ['    only: { states: [odd] }', /^sinks\[3\]\.only\.states\[0\]: must be one of suspected, .*, not "odd"$/],
  ['  - kind: alertmanager'],
  [
    '    urls: ["http://hunter2@a", "hunter2"]',
    /^sinks\[4\]\.urls\[0\]: a URL with a user/,
    /^sinks\[4\]\.urls\[1\]: must be a URL that begins with/,
  ],
  [
    '    grouping: { above: 0, within: 8d }',
    /^sinks\[4\]\.grouping\.above: must be a whole number of at least 1/,
    /^sinks\[4\]\.grouping\.within: 8d is not/,
  ],
];

t.test('serve and check print every problem on its line, with its place, and no secret', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'config.yaml'), LINES.map(([line]) => line).join('\n'));
  const env = {
    PATH: process.env['PATH'],
    QUOVADIS_SYSLOG_TPC: '1',
    QUOVADIS_COLOUR: 'red',
    QUOVADIS_BACKUP_KEEP: '-1',
    QUOVADIS_RETENTION_EVIDENCE: '1d',
    QUOVADIS_WATCH_PORT: 'tcp://10.0.0.1:1',
  };
  const others = [
    'QUOVADIS_SYSLOG_TPC: unknown variable, did you mean "QUOVADIS_SYSLOG_TCP"?',
    'QUOVADIS_COLOUR: unknown variable; docs/configuration.md has their names',
    'QUOVADIS_RETENTION_EVIDENCE: retention.evidence: 1d is not between 91d and 36500d',
    'the advisory none.yaml cannot be read: ',
  ];
  const flags = ['--http', '127.0.0.1', '--log-level', 'silent'];
  const ofFlags = ['--http: http.listen: must be HOST:PORT or [IPv6]:PORT, or null, not "127.0.0.1"'];
  const overridden = [/^http\.listen/, /^log\.level/];
  const rows = [
    { args: ['check'], more: others, without: [] },
    { args: ['serve', ...flags], more: [...others, ...ofFlags], without: overridden },
  ];
  for (const { args, more, without } of rows) {
    const all = [...args, '--config', 'config.yaml'];
    const options = { cwd: directory, encoding: 'utf8', env } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...all], options);
    t.same([status, stdout], [2, ''], `${args}`);
    t.notMatch(stderr, /hunter2|must be null|\^|\(\?:/, 'no secret, no regular expression');
    const printed = stderr.trim().split('\n');
    t.ok(
      printed.every((line) => /^quovadis-watch: .* \[QVW_CONFIG_INVALID\]$/.test(line)),
      stderr,
    );
    const found = printed.map((line) => line.replace('quovadis-watch: ', '').replace(/ \[QVW_CONFIG_INVALID\]$/, ''));
    let expected = more.length;
    for (const words of more)
      t.ok(
        found.some((line) => line.startsWith(words)),
        `${words}\n${stderr}`,
      );
    for (const [index, [line, ...problems]] of LINES.entries()) {
      const place = `config.yaml:${index + 1}: `;
      const here = found.filter((each) => each.startsWith(place)).map((each) => each.slice(place.length));
      const due = problems.filter((problem) => !without.some((each) => `${problem.source}`.startsWith(each.source)));
      for (const problem of due)
        t.ok(
          here.some((words) => problem.test(words)),
          `${line}: ${problem}: ${here.join('; ')}`,
        );
      t.equal(here.length, due.length, `${line}: ${here.join('; ')}`);
      expected += due.length;
    }
    t.equal(found.length, expected, stderr);
  }
});

t.test(
  'examine() names the variable that has set a value, and checks it also beside a file that is not YAML',
  async (t) => {
    const file = join(temporaryDirectory(t), 'config.yaml');
    writeFileSync(file, 'data: "hunter2\nsyslog: {');
    const strings = (environment: NodeJS.ProcessEnv) => examine({ file, environment, flags: {} }).problems;
    const found = strings({ QUOVADIS_SYSLOG_UDP: 'x', QUOVADIS_SYSLOG_TLS_LISTEN: '0.0.0.0:1' });
    t.match(found.at(-1), /^QUOVADIS_SYSLOG_UDP: syslog\.udp: must be HOST:PORT/);
    t.ok(
      found.slice(0, -1).every((problem) => problem.startsWith(`${file}:`)),
      `${found}`,
    );
    t.notMatch(`${found}`, /hunter2|: missing /);
    const alone = examine({ environment: { QUOVADIS_SYSLOG_TLS_LISTEN: '0.0.0.0:1' }, flags: {} }).problems;
    t.same(alone, ['QUOVADIS_SYSLOG_TLS_LISTEN: syslog.tls: missing cert, key']);
    for (const key of configKeys) {
      const name = environmentName(key);
      const { problems } = examine({ environment: { [name]: '\u0000odd value' }, flags: {} });
      const form = formAt(key);
      const isFree =
        key === 'sinks' ||
        [form, ...(form.anyOf ?? [])].some(
          ({ type, pattern, enum: values }) => type === 'string' && !pattern && !values,
        );
      const isList = form.type === 'array' && form.secret === true;
      if (isFree || isList) continue;
      t.ok(
        problems.length > 0 && problems.every((problem) => problem.startsWith(`${name}: ${key.split('.')[0]}`)),
        `${name}: ${problems}`,
      );
    }
  },
);

t.test('a section that is no section is reported once, whatever sets a key of it', async (t) => {
  const file = join(temporaryDirectory(t), 'config.yaml');
  for (const content of ['syslog: 7', 'syslog:', 'syslog: [1]']) {
    writeFileSync(file, content);
    const { problems } = examine({ file, environment: { QUOVADIS_SYSLOG_UDP: 'off' }, flags: {} });
    t.match(problems, [/config\.yaml:1: syslog: must be a section with keys like udp/], content);
    t.equal(problems.length, 1, `${problems}`);
  }
  writeFileSync(file, 'syslog: { relp: 7 }');
  t.match(examine({ file, environment: {}, flags: {} }).problems, [
    /config\.yaml:1: syslog\.relp: must be HOST:PORT, or a section with keys like listen, cert, key, clientCa, or null, not/,
  ]);
  for (const content of ['- 1', 'text', '7', '"a": &x [*x]']) {
    writeFileSync(file, content);
    t.match(
      examine({ file, environment: { QUOVADIS_SYSLOG_UDP: 'off' }, flags: {} }).problems[0],
      /config\.yaml/,
      content,
    );
  }
  writeFileSync(file, '__proto__: { data: x }\nconstructor: 1\n');
  t.same(
    examine({ file, environment: {}, flags: {} }).problems.map((problem) =>
      problem.replace(/;.*/, '').replace(/.*\.yaml:/, ''),
    ),
    ['1: __proto__: unknown key', '2: constructor: unknown key'],
  );
});

t.test(
  'examine() reports each of more problems than a call can have arguments, and no password of a URL',
  async (t) => {
    const file = join(temporaryDirectory(t), 'config.yaml');
    const rows = 130_000;
    const networks = Array.from({ length: rows }, (_, index) => `    - bad${index}\n`).join('');
    writeFileSync(
      file,
      `http: { publicUrl: "htps://kim:hunter2@example.net https:/kim:hunter2@x" }\nsyslog:\n  allow:\n${networks}`,
    );
    const { problems } = examine({ file, environment: {}, flags: {} });
    t.equal(problems.length, rows + 1);
    t.match(problems.at(-1), `config.yaml:${rows + 3}: syslog.allow[${rows - 1}]: "bad${rows - 1}" is not a network`);
    t.match(problems[0], /http\.publicUrl: must be an http/);
    t.match(problems[0], /"…@example\.net …@x"$/);
  },
);

t.test('formProblems() reports each of very many problems', async (t) => {
  const allow = Array.from({ length: 12_000 }, () => 7);
  const value = { ...defaults, syslog: { ...defaults.syslog, allow } };
  t.equal(formProblems(configSchema, value).length, allow.length);
});

/** The schemas of all that people write. */
const schemas: Readonly<Record<string, TSchema>> = {
  config: configSchema,
  advisory: advisorySchema,
  ...Object.fromEntries(Object.entries(sinkKinds).map(([kind, { schema }]) => [kind, schema])),
};

t.test('wordsOf() has words of its own for every pattern of every schema', async (t) => {
  let patterns = 0;
  const walk = (form: Form, path: string) => {
    if (form.pattern !== undefined) {
      patterns++;
      t.notMatch(wordsOf(form), /of another form|\^|\\/, `${path}: ${wordsOf(form)}`);
    }
    t.not(wordsOf(form), 'another value', path);
    for (const [key, below] of Object.entries({ ...form.properties, ...form.patternProperties })) {
      if (path !== 'config' || key !== 'sinks') walk(below, `${path}.${key}`);
    }
    for (const below of [...(form.anyOf ?? []), ...(form.items === undefined ? [] : [form.items])]) walk(below, path);
  };
  for (const [name, schema] of Object.entries(schemas)) walk(schema as Form, name);
  t.ok(patterns > 20, `${patterns}`);
});

t.test('formProblems() reports a problem exactly where typebox finds one', async (t) => {
  const values = [null, 7, -1, 1.5, true, '', 'text', [], [null], ['x', 'x', 'x', 'x', 'x'], {}, { a: 1 }, new Date(0)];
  const good = {
    kind: 'webhook',
    url: 'https://example.net',
    secret: `whsec_${'A'.repeat(32)}`,
    only: { states: ['stale'] },
    headers: { 'x-key': 'a' },
  };
  const roots = [
    [
      'config',
      {
        ...defaults,
        syslog: { ...defaults.syslog, tls: { listen: 'a:1', cert: 'a', key: 'b', clientCa: null, peers: [] } },
      },
    ],
    ['webhook', good],
    ['alertmanager', { kind: 'alertmanager', urls: ['http://a'], grouping: { above: 1 } }],
  ] as const;
  let tried = 0;
  for (const [name, root] of roots) {
    const schema = schemas[name] as TSchema;
    t.same(formProblems(schema, root), [], name);
    const places: string[][] = [];
    const walk = (value: unknown, steps: string[]) => {
      if (steps.length > 0) places.push(steps);
      if (typeof value === 'object' && value !== null)
        for (const [key, below] of Object.entries(value)) walk(below, [...steps, key]);
    };
    walk(root, []);
    for (const steps of places) {
      for (const value of values) {
        const changed: unknown = structuredClone(root);
        const last = steps.at(-1) as string;
        const parent = steps.slice(0, -1).reduce((node, step) => (node as Tree)[step], changed) as Tree;
        parent[last] = value;
        const problems = formProblems(schema, changed);
        const path = steps.join('.').replace(/\.(\d+)/g, '[$1]');
        const at = `${name} ${path} = ${JSON.stringify(value)}: ${JSON.stringify(problems)}`;
        t.equal(problems.length === 0, Value.Check(schema, changed), at);
        t.ok(
          problems.every((problem) => problem.path === path || problem.path.startsWith(path)),
          at,
        );
        tried++;
      }
    }
  }
  t.ok(tried > 400, `${tried}`);
});

t.test('nearest() names only what is near', async (t) => {
  const known = ['udp', 'tcp', 'tls', 'readTokens', 'perSource', 'staleAfter'];
  const rows: readonly (readonly [name: string, near: string | null])[] = [
    ['upd', 'udp'],
    ['tpc', 'tcp'],
    ['tsl', 'tls'],
    ['TLS', 'tls'],
    ['udpp', 'udp'],
    ['ud', 'udp'],
    ['read_tokens', 'readTokens'],
    ['readToken', 'readTokens'],
    ['redaTokens', 'readTokens'],
    ['per-source', 'perSource'],
    ['xyz', null],
    ['port', null],
    ['listen', null],
    ['tokens', null],
    ['a', null],
    ['', null],
    ['relp', null],
  ];
  for (const [name, near] of rows) t.equal(nearest(name, known), near, name);
});

t.test('readYaml() says in words, without the text, what is no YAML, and finds lines', async (t) => {
  const rows: readonly (readonly [text: string, line: number])[] = [
    ['a: "hunter2', 1],
    ['a: *hunter2', 1],
    ['a: 1\na: 2', 2],
    ['a: !hunter2 x', 1],
    ['a: @hunter2', 1],
    ['a:\n\thunter2: 1', 2],
    ['a: {hunter2', 1],
    ['a: b: hunter2', 1],
    ['a: 1\n---\nb: hunter2', 2],
    ['a: "\\qhunter2"', 1],
    ['a: "hunter2\\0"', 1],
    ['a: 1\nb: "hunter2\\ud800"', 2],
    ['"hunter2\\udfff": 1', 1],
    ['%hunter2\n---\na: 1', 1],
    ['a: &x [*x, *x]', 1],
    [`a: ${'['.repeat(5000)}`, 1],
    [`a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [${'*a, '.repeat(99)}]\nc: [${'*b, '.repeat(99)}]`, 1],
  ];
  for (const [text, line] of rows) {
    const { problems } = readYaml(text);
    if (text.includes('&x')) continue;
    t.equal(problems[0]?.line, line, `${text.slice(0, 40)}: ${JSON.stringify(problems)}`);
    t.notMatch(JSON.stringify(problems), /hunter2/);
    t.not(problems[0]?.words, 'this is not YAML', text.slice(0, 40));
  }
  const { lineOf } = readYaml('a.b:\n  - c: 1\n    "d e": 2\n  - &x { f: 3 }\ng: *x\n');
  const at = (path: string) => lineOf(path)?.line ?? null;
  t.same(
    [at('a.b[0].c'), at('a.b[0]."d e"'), at('a.b[1].f'), at('g.f'), at('g.h'), at('none'), at('')],
    [2, 3, 4, 4, 5, null, null],
  );
});

t.test('check() has the error of the advisory if nothing else is wrong, and else one error for all', async (t) => {
  const directory = temporaryDirectory(t);
  const advisory = join(directory, 'advisory.yaml');
  writeFileSync(advisory, '# an advisory\nid: "A"\n');
  const of = (environment: NodeJS.ProcessEnv) =>
    check({ environment: { QUOVADIS_ADVISORY: advisory, ...environment }, flags: {} }, 0);
  await t.rejects(of({}), {
    code: 'QVW_ADVISORY_INVALID',
    problems: [/advisory\.yaml:2: id: must be an id of the advisory/, /advisory\.yaml: missing prefix/],
  });
  await t.rejects(of({ QUOVADIS_DATA: '' }), {
    code: 'QVW_CONFIG_INVALID',
    message: /QUOVADIS_DATA: data: must be .*advisory\.yaml:2: id/,
  });
  const override = check({ environment: { QUOVADIS_DATA: '', QUOVADIS_CORRELATION_LATENESS: '8d' }, flags: {} }, 0);
  await t.rejects(override, {
    message: /QUOVADIS_CORRELATION_LATENESS: correlation\.lateness: must be at most correlation\.window, not 8d \(what/,
  });
});

t.test('POST /-/reload and the log have the list of check', async (t) => {
  const file = join(temporaryDirectory(t), 'config.yaml');
  writeFileSync(file, '{}');
  const service = await child(t, temporaryDirectory(t), '--config', file);
  let printed = '';
  service.process.stdout.on('data', (data) => (printed += data));
  writeFileSync(
    file,
    'syslog:\n  zone: Nowhere\n  tls: { listen: "127.0.0.1:0", cert: none.pem, key: none.pem }\nsinks:\n  - { kind: mail }\n',
  );
  const checked = spawnSync(process.execPath, [MAIN, 'check', '--config', file], { encoding: 'utf8' });
  const answer = await fetch(`${service.api}/-/reload`, { method: 'POST' });
  const { detail, problems } = (await answer.json()) as { detail: string; problems: string[] };
  t.equal(answer.status, 400);
  t.equal(problems.length, 4);
  t.equal(checked.stderr, problems.map((problem) => `quovadis-watch: ${problem} [QVW_CONFIG_INVALID]\n`).join(''));
  t.equal(detail, problems.join('; '));
  service.process.kill('SIGTERM');
  t.equal(await service.exit, 0);
  const refused = printed.split('\n').find((line) => line.includes('the former one stays')) ?? '{}';
  t.same(JSON.parse(refused).problems, problems);
});
