/** The log for people: what a line looks like, and what a terminal gets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { formatted } from '../../src/telemetry/text-log.ts';
import { MAIN, until } from '../app/running.ts';
import { temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const plain = { kind: 'text', colors: false } as const;
const time = '2026-11-27T22:00:00.123Z';
const line = (fields: object) => `${JSON.stringify({ level: 30, time, ...fields })}\n`;

t.test('formatted() writes time, level as a word, message and fields', async (t) => {
  for (const [fields, expected] of [
    [{ msg: 'listening' }, 'INFO  listening'],
    [{ level: 10, msg: 'm' }, 'TRACE m'],
    [{ level: 20, msg: 'm' }, 'DEBUG m'],
    [{ level: 40, msg: 'm' }, 'WARN  m'],
    [{ level: 50, msg: 'm' }, 'ERROR m'],
    [{ level: 60, msg: 'm' }, 'FATAL m'],
    [{ level: 35, msg: 'm' }, '35 m'],
    [{ device: 'sw-a', count: 3, msg: 'm' }, 'INFO  m device=sw-a count=3'],
    [{ from: null, isSo: true, msg: 'm' }, 'INFO  m from=null isSo=true'],
    [{ data: './my data', empty: '', msg: 'm' }, 'INFO  m data="./my data" empty=""'],
    [{ udp: { host: '::', port: 514 }, msg: 'm' }, 'INFO  m udp={"host":"::","port":514}'],
    [{ say: 'a"b', eq: 'a=b', msg: 'm' }, 'INFO  m say="a\\"b" eq="a=b"'],
    [{ only: 1 }, 'INFO  only=1'],
  ] as const)
    t.equal(formatted(line(fields), plain), `${time} ${expected}\n`);
  t.equal(formatted(line({ msg: 'm' }), { kind: 'text', colors: true }), `${time} \u001b[32mINFO \u001b[0m m\n`);
});

t.test('formatted() writes an error with the frames of its stack below', async (t) => {
  const err = {
    type: 'Error',
    message: 'the disk\nis full',
    stack: 'Error: the disk\nis full\n    at a (b.ts:1:2)\n    at c',
  };
  t.equal(
    formatted(line({ level: 50, err, msg: 'failed' }), plain),
    `${time} ERROR failed error="the disk\\nis full"\n    at a (b.ts:1:2)\n    at c\n`,
  );
  t.equal(formatted(line({ err: 'words', msg: 'failed' }), plain), `${time} INFO  failed error=words\n`);
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]/;

t.test('formatted() gives a terminal no control character, and JSON stays the same value', async (t) => {
  const hostile = fc.string({ unit: 'binary' });
  const name = hostile.map((text) => `f${text}`);
  const fields = fc.dictionary(name, fc.oneof(hostile, fc.integer(), fc.array(hostile), fc.record({ deep: hostile })));
  const seed = Date.now() % 2 ** 31;
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(fields, hostile, hostile, (more, msg, stack) => {
      const entry = { level: 50, time, ...more, err: { message: msg, stack: `x\n   at ${stack}` }, msg };
      const text = formatted(line(entry), plain);
      const json = formatted(line(entry), { kind: 'json' });
      if (CONTROLS.test(text) || CONTROLS.test(json)) throw new Error('a control character');
      if (json.split('\n').length !== 2) throw new Error('more than one line');
      if (JSON.stringify(JSON.parse(json)) !== JSON.stringify(entry)) throw new Error('another value');
    }),
    { seed, numRuns: 500 },
  );
  t.pass('500 entries');
});

const free = '127.0.0.1:0';
const serve = (data: string) => [MAIN, 'serve', '--data', data, '--udp', free, '--tcp', '0.0.0.0:0', '--http', free];

/** What `serve` has written once it listens. */
async function started(
  t: Test,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isUp: RegExp,
): Promise<string> {
  const process_ = spawn(command, args, { env: { ...process.env, ...env } });
  // `script` leaves signals to the terminal, which makes one of this character.
  const stop = () => (command === 'script' ? process_.stdin.write('\u0003') : process_.kill('SIGTERM'));
  t.teardown(() => {
    if (process_.exitCode === null) stop();
  });
  let said = '';
  process_.stdout.on('data', (bytes) => {
    said += bytes;
  });
  await until(
    () => new Promise<boolean>((resolve) => setImmediate(() => resolve(isUp.test(said)))),
    (up) => {
      if (!up && process_.exitCode !== null) throw new Error(`it ended: ${said}`);
      return up;
    },
  );
  const exit = once(process_, 'exit');
  stop();
  await exit;
  return said;
}

t.test('serve logs JSON where there is no terminal, and text if it is told to', async (t) => {
  const json = await started(t, process.execPath, serve(temporaryDirectory(t)), {}, /"msg":"listening"/);
  for (const one of json.trim().split('\n')) t.ok(JSON.parse(one).level);
  for (const [args, env] of [
    [['--log-format', 'text'], {}],
    [[], { QUOVADIS_LOG_FORMAT: 'text' }],
  ] as const) {
    const text = await started(
      t,
      process.execPath,
      [...serve(temporaryDirectory(t)), ...args],
      env,
      /INFO {2}listening udp=/,
    );
    t.match(text, /^\d{4}-\d\d-\d\dT\S+Z INFO {2}stopped$/m);
    t.notOk(text.includes('unprotected') || text.includes('\u001b'), 'no block and no colours');
  }
});

t.test(
  'serve at a terminal logs text, and begins with where it listens and what is unprotected',
  {
    skip: missing('script', 'bsdutils'),
  },
  async (t) => {
    const data = temporaryDirectory(t);
    const at = (env: NodeJS.ProcessEnv, ...more: string[]) => {
      const command = [process.execPath, ...serve(data), ...more].join(' ');
      return started(
        t,
        'script',
        ['--quiet', '--flush', '--return', '--command', command, '/dev/null'],
        env,
        /"msg":"listening"|write over HTTP/,
      );
    };
    const text = await at({ NO_COLOR: '1' });
    t.match(text, /INFO {2}listening/);
    for (const row of [
      /quovadis-watch \d+\.\d+\.\d+\r?\n/,
      /^ {2}syslog {7}UDP 127\.0\.0\.1:\d+, TCP 0\.0\.0\.0:\d+\r?$/m,
      /^ {2}HTTP {9}http:\/\/127\.0\.0\.1:\d+\r?$/m,
      new RegExp(`^  data {9}${data}\\r?$`, 'm'),
      /^ {2}advisory {5}.*quovadis-root-ca-2/m,
      /^ {2}notifies {5}nobody/m,
      /^ {2}unprotected {2}syslog over TCP is not encrypted/m,
      /^ {15}every address may send syslog \(syslog\.allow\)/m,
      /^ {15}every program on this machine may read and write over HTTP/m,
    ])
      t.match(text, row);
    t.notMatch(text, '\u001b[');
    t.match(await at({ NO_COLOR: '' }), '\u001b[32mINFO \u001b[0m listening');
    t.match(await at({}, '--log-format', 'json'), /^\{"level":30/m);
  },
);
